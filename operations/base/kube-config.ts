import * as k8s from "@kubernetes/client-node";
import type { Settings } from "../../settings/schema";
import { CommandError } from "./exit-codes";

/** A kubeconfig whose clients share connections; by itself, each request makes a new one. */
class SharedConnections extends k8s.KubeConfig {
  private dispatcher: ReturnType<k8s.RequestContext["getDispatcher"]>;

  override async applySecurityAuthentication(context: k8s.RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.dispatcher ??= context.getDispatcher();
    if (this.dispatcher !== undefined) context.setDispatcher(this.dispatcher);
  }
}

/** The stack's cluster, as whom its settings say. Throws when there is no such kubeconfig or context. */
export function kubeConfig({
  kubernetes: { kubeconfig, context },
}: Pick<Settings, "kubernetes">): k8s.KubeConfig {
  const config = new SharedConnections();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
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
