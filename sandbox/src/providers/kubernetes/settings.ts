import { existsSync, readFileSync } from "node:fs";
import type { KubeConfig } from "@kubernetes/client-node";
// The package's index loads every API model; the configuration alone is a quarter of that.
import { KubeConfig as Config } from "@kubernetes/client-node/dist/config.js";
import { hasUnknown, isMap, setting, type Props, type Value } from "../framework.ts";

/** The provider's settings after defaults and environment. */
export interface Settings {
  kubeconfig: KubeConfig | undefined;
  /** Why there is no usable cluster; undefined when there is one. */
  unreachable: string | undefined;
  /** Kubeconfig as text, for the helm binary. */
  kubeconfigText: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
  serverSideApply: boolean;
  secretMutable: boolean;
  configMapMutable: boolean;
  patchForce: boolean;
  upsert: boolean;
  deleteUnreachable: boolean;
  skipUpdateUnreachable: boolean;
  helm: Record<string, string>;
}

const flag = (config: Props, key: string, environment: string, fallback: boolean): boolean => {
  const value = setting(config, key) ?? process.env[environment];
  return value === undefined ? fallback : value === true || value === "true";
};

const text = (value: Value | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Reads the provider's configuration; a broken or unknown kubeconfig is kept as a reason. */
export function readSettings(config: Props): Settings {
  const settings: Settings = {
    kubeconfig: undefined,
    unreachable: undefined,
    kubeconfigText: undefined,
    context: text(setting(config, "context")) ?? process.env["PULUMI_K8S_CONTEXT"],
    namespace: text(setting(config, "namespace")),
    serverSideApply: flag(
      config,
      "enableServerSideApply",
      "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
      true,
    ),
    secretMutable: flag(config, "enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
    configMapMutable: flag(
      config,
      "enableConfigMapMutable",
      "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
      false,
    ),
    patchForce: flag(config, "enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
    upsert: flag(config, "upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
    deleteUnreachable: flag(config, "deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
    skipUpdateUnreachable: flag(
      config,
      "skipUpdateUnreachable",
      "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
      false,
    ),
    helm: stringMap(setting(config, "helmReleaseSettings")),
  };
  if (hasUnknown(config["kubeconfig"]) || hasUnknown(config["context"])) {
    settings.unreachable = "the provider's kubeconfig is not known yet";
    return settings;
  }
  try {
    const kubeconfig = loadKubeconfig(config, settings);
    if (settings.context) {
      if (!kubeconfig.getContextObject(settings.context)) {
        throw new Error(`the kubeconfig has no context "${settings.context}"`);
      }
      kubeconfig.setCurrentContext(settings.context);
    }
    if (!kubeconfig.getCurrentCluster()) {
      throw new Error("the kubeconfig has no current context; set `context` on the provider");
    }
    settings.kubeconfig = kubeconfig;
  } catch (error) {
    settings.unreachable = `unable to load the Kubernetes client configuration: ${(error as Error).message}`;
  }
  return settings;
}

function loadKubeconfig(config: Props, settings: Settings): KubeConfig {
  const kubeconfig = new Config();
  const given = setting(config, "kubeconfig");
  if (isMap(given)) {
    settings.kubeconfigText = JSON.stringify(given);
  } else if (typeof given === "string" && given !== "") {
    const path = given.replace(/^~(?=\/)/, process.env["HOME"] ?? "~");
    settings.kubeconfigText =
      !given.includes("\n") && existsSync(path) ? readFileSync(path, "utf8") : given;
  }
  if (settings.kubeconfigText === undefined) {
    kubeconfig.loadFromDefault();
    return kubeconfig;
  }
  kubeconfig.loadFromString(settings.kubeconfigText);
  return kubeconfig;
}

function stringMap(value: Value | undefined): Record<string, string> {
  if (!isMap(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}
