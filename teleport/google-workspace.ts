/**
 * Google Workspace as an identity provider. At each login the auth service reads a service account's
 * key from the file of `google_service_account_uri`. Source: Teleport's Google Workspace guide.
 */

/** Key of the Secret and name of the mounted file. */
export const GOOGLE_KEY = "service-account.json";

const ROOT = "/etc/teleport-google";

/** Secret with the key of a connector's service account. */
export const googleSecret = (connector: string): string => `google-workspace-${connector}`;

/** `google_service_account_uri` for a key that the program mounts. */
export const googleUri = (connector: string): string => `file://${ROOT}/${connector}/${GOOGLE_KEY}`;

/** Volumes and mounts of the auth pods for these Secrets, by connector. A changed key needs no restart. */
export function googleVolumes(secrets: Readonly<Record<string, string>>) {
  const all = Object.entries(secrets).map(([connector, secretName], index) => ({
    name: `google-workspace-${index}`,
    connector,
    secretName,
  }));
  return {
    volumes: all.map(({ name, secretName }) => ({
      name,
      secret: { secretName, defaultMode: 0o440 },
    })),
    mounts: all.map(({ name, connector }) => ({
      name,
      mountPath: `${ROOT}/${connector}`,
      readOnly: true,
    })),
  };
}
