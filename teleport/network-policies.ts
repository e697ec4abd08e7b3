import { CLUSTER_RELEASE } from "./names";

/** NetworkPolicies of the plane: allowed connections to its pods. */

/** Allowed connections to some ports. */
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

/** Ports of metrics and health, which have no secrets. The kubelet and Prometheus read them. */
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
 * Policies of the cluster's pods. Egress is not limited, because databases, buckets and identity
 * providers are not known here. Source: container ports of chart `teleport-cluster`.
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

/** Policy of an agent's pods. They only connect to others. Source: ports of chart `teleport-kube-agent`. */
export function agentPolicy(release: string): Policy {
  return policy(release, { matchLabels: { app: release } }, [observed([3000, 8481])]);
}
