import { nonEmpty } from "./pods";

/** How the pods of an agent are spread. */
export interface Spread {
  hosts: "preferred" | "required";
  zones: "none" | "preferred" | "required";
}

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

/**
 * Affinity that spreads an agent's pods. The chart knows hosts only, and gives way to an affinity of
 * the caller's, so both are said here. One pod needs none.
 */
export function spreadAffinity(release: string, replicas: number, spread: Spread) {
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
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: nonEmpty(
        required.map(({ key }) => peers(key)),
      ),
      preferredDuringSchedulingIgnoredDuringExecution: nonEmpty(
        preferred.map(({ key }) => ({ weight: 50, podAffinityTerm: peers(key) })),
      ),
    },
  };
}
