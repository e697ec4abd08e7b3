import type { CapsuleProxy } from "./agent-services";

/** Namespace of Capsule and its proxy. Source: Capsule's guide for Teleport. */
export const CAPSULE_NAMESPACE = "capsule-system";
/** Key of Capsule Proxy's Secret that holds the CA of its certificate. */
export const CAPSULE_CA_KEY = "ca";

const VOLUME = "kube-api-access-capsule";

/**
 * Pod parts that make an agent use Capsule Proxy as its API server. The volume replaces the service
 * account's own mount, so the agent trusts the proxy's CA.
 */
export function capsulePod({ service, port, secretName }: CapsuleProxy) {
  return {
    extraEnv: [
      { name: "KUBERNETES_SERVICE_HOST", value: service },
      { name: "KUBERNETES_SERVICE_PORT", value: String(port) },
    ],
    extraVolumes: [
      {
        name: VOLUME,
        projected: {
          sources: [
            { serviceAccountToken: { path: "token" } },
            { secret: { name: secretName, items: [{ key: CAPSULE_CA_KEY, path: "ca.crt" }] } },
            {
              downwardAPI: {
                items: [
                  {
                    path: "namespace",
                    fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
                  },
                ],
              },
            },
          ],
        },
      },
    ],
    extraVolumeMounts: [
      {
        name: VOLUME,
        mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
        readOnly: true,
      },
    ],
  };
}
