import type { KubeConfig } from "@kubernetes/client-node";
import type { Settings } from "../../settings/schema";
import { readKubeConfig } from "../../teleport/kube-config";
import { CommandError } from "./exit-codes";

/** The kubeconfig of a stack's cluster. Throws if it or its context does not exist. */
export function kubeConfig({
  kubernetes: { kubeconfig, context },
}: Pick<Settings, "kubernetes">): KubeConfig {
  let config: KubeConfig;
  try {
    config = readKubeConfig(kubeconfig);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError("ENVIRONMENT", `the kubeconfig cannot be read: ${message}`);
  }
  if (context === undefined) return config;
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new CommandError(
      "ENVIRONMENT",
      `the kubeconfig has no context "${context}" (kubernetes.context); it has ${known.join(", ") || "none"}`,
    );
  }
  config.setCurrentContext(context);
  return config;
}
