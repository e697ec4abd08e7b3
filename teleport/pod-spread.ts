import { nonEmpty } from "./pods";

/** How an agent's pods are spread over nodes and zones. */
export interface Spread {
  hosts: "preferred" | "required";
  zones: "none" | "preferred" | "required";
}

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

/**
 * Affinity that spreads an agent's pods over nodes and zones. The chart's own affinity knows only
 * nodes, and the value `affinity` replaces it. One pod needs no affinity.
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
