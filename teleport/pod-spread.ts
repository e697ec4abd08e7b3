/** How the pods of an agent are spread. */
export interface Spread {
  hosts: "preferred" | "required";
  zones: "none" | "preferred" | "required";
}

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

/**
 * Values of `teleport-kube-agent` that spread its pods. The chart knows hosts only, and gives way to
 * an affinity of the caller's, so both are said here.
 */
export function placementValues(release: string, replicas: number, spread: Spread) {
  if (replicas === 1) return {};
  const peers = (topologyKey: string) => ({
    topologyKey,
    labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: [release] }] },
  });
  const places = [
    { key: HOST, how: spread.hosts },
    { key: ZONE, how: spread.zones },
  ];
  const required = places.filter(({ how }) => how === "required");
  const preferred = places.filter(({ how }) => how === "preferred");
  return {
    affinity: {
      podAntiAffinity: {
        ...(required.length === 0
          ? {}
          : {
              requiredDuringSchedulingIgnoredDuringExecution: required.map(({ key }) => peers(key)),
            }),
        ...(preferred.length === 0
          ? {}
          : {
              preferredDuringSchedulingIgnoredDuringExecution: preferred.map(({ key }) => ({
                weight: 50,
                podAffinityTerm: peers(key),
              })),
            }),
      },
    },
  };
}
