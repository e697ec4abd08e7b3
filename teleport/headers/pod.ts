/** Where the agent's pods see the credentials, one file a key. */
export const CREDENTIALS_DIR = "/var/run/secrets/teleport-agent-credentials";
/** The configuration as the chart's ConfigMap delivers it. */
export const CONFIG_FILE = "/etc/teleport/teleport.yaml";

/** Mount of the credentials, for the containers that read them. */
export const CREDENTIALS_MOUNT = {
  name: "credentials",
  mountPath: CREDENTIALS_DIR,
  readOnly: true,
};

/** Volume with the credentials of this Secret. */
export function credentialsVolume(secretName: string) {
  return { name: "credentials", secret: { secretName, defaultMode: 0o440 } };
}

/**
 * Init container that lets Teleport check the configuration. It comes last: the chart gives mounts,
 * security context and resources to the last init container only, and `extraVolumeMounts` as well.
 */
export function checkConfig(image: string) {
  return {
    name: "check-config",
    image,
    command: ["teleport", "configure", `--test=${CONFIG_FILE}`],
  };
}
