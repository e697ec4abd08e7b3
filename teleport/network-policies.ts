import { CLUSTER_RELEASE } from "./names";

/** NetworkPolicies of the plane: which ports of which pods take connections, from whom, and why. */

/** One flow into pods. */
interface Flow {
  /** Completes "Takes connections …". */
  reason: string;
  ports: number[];
  /** Pods that may connect. Default: anybody. */
  from?: object[];
}

/** Name and spec of a NetworkPolicy, with its reasons. */
export interface Policy {
  name: string;
  reasons: string;
  spec: { podSelector: object; policyTypes: string[]; ingress: object[] };
}

const part = (component: string) => ({
  matchLabels: {
    "app.kubernetes.io/instance": CLUSTER_RELEASE,
    "app.kubernetes.io/component": component,
  },
});

/** Metrics and health, which hold no secret; the kubelet and Prometheus ask for them. */
const observed = (ports: number[]): Flow => ({
  reason: "for metrics and health from anywhere",
  ports,
});

function policy(name: string, podSelector: object, flows: readonly Flow[]): Policy {
  return {
    name,
    reasons: `Takes connections ${flows.map(({ reason }) => reason).join("; ")}.`,
    spec: {
      podSelector,
      policyTypes: ["Ingress"],
      ingress: flows.map(({ ports, from }) => ({
        from,
        ports: ports.map((port) => ({ protocol: "TCP", port })),
      })),
    },
  };
}

/**
 * Policies of the cluster's pods, by the ports that chart `teleport-cluster` opens. What pods connect
 * to is left open: databases, buckets and identity providers are not known here.
 */
export function clusterPolicies(): Policy[] {
  return [
    policy(`${CLUSTER_RELEASE}-auth`, part("auth"), [
      {
        reason: "on the API (3025) and for Kubernetes (3026) from pods of this namespace",
        ports: [3025, 3026],
        from: [{ podSelector: {} }],
      },
      observed([3000]),
    ]),
    policy(`${CLUSTER_RELEASE}-proxy`, part("proxy"), [
      { reason: "on the public port (3080) from anywhere", ports: [3080] },
      {
        reason: "for peering (3021) from other proxies",
        ports: [3021],
        from: [{ podSelector: part("proxy") }],
      },
      observed([3000]),
    ]),
    policy(`${CLUSTER_RELEASE}-operator`, part("operator"), [observed([8080, 8081])]),
  ];
}

/** Policy of an agent's pods: they dial out, and nobody has to reach them. */
export function agentPolicy(release: string): Policy {
  return policy(release, { matchLabels: { app: release } }, [observed([3000, 8481])]);
}
