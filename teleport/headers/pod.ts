/** Directory of the credentials in the agent's pods, one file per key. */
export const CREDENTIALS_DIR = "/var/run/secrets/teleport-agent-credentials";
/** Configuration from the chart's ConfigMap. */
export const CONFIG_FILE = "/etc/teleport/teleport.yaml";

/** Mount of the credentials. */
export const CREDENTIALS_MOUNT = {
  name: "credentials",
  mountPath: CREDENTIALS_DIR,
  readOnly: true,
};

/** Volume of the Secret with the credentials. */
export function credentialsVolume(secretName: string) {
  return { name: "credentials", secret: { secretName, defaultMode: 0o440 } };
}

/**
 * Init container in which Teleport checks the configuration. It must be the last one: the chart gives
 * mounts (with `extraVolumeMounts`), security context and resources only to the last init container.
 */
export function checkConfig(image: string, imagePullPolicy: string) {
  return {
    name: "check-config",
    image,
    imagePullPolicy,
    command: ["teleport", "configure", `--test=${CONFIG_FILE}`],
  };
}
