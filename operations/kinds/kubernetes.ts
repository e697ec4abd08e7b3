import { get, getText, list } from "../../teleport/values";
import {
  costWhenLost,
  fact,
  factText,
  isRemoved,
  whenLost,
  type ResourceKind,
} from "./resource-kind";

const nodePort = (inputs: unknown) => getText(inputs, "spec", "ports", 0, "nodePort");

/** Kubernetes' own kinds, and the providers. */
export const KUBERNETES: readonly ResourceKind[] = [
  {
    type: /^pulumi:providers:kubernetes$/,
    facts: (inputs) => [`context ${factText(get(inputs, "context") ?? "of KUBECONFIG")}`],
  },
  {
    type: /^pulumi:providers:vault$/,
    facts: (inputs) => [`at ${factText(get(inputs, "address") ?? "VAULT_ADDR")}`],
  },
  { type: /^pulumi:providers:aws$/, facts: (inputs) => [fact(inputs, "region")] },
  {
    type: /^kubernetes:core\/v1:Namespace$/,
    facts: (_, protect) => [protect ? "protected from deletion" : undefined],
    effects: whenLost("outage", "everything in the namespace is deleted"),
    returns: costWhenLost(
      "loses something",
      "everything in the namespace, Secrets of the agents' identities included, is gone",
    ),
    protection: { name: "namespace", loss: "everything in it is deleted with it" },
  },
  {
    type: /^kubernetes:core\/v1:ServicePatch$/,
    facts: (inputs) =>
      list(get(inputs, "spec", "ports")).map(
        (port) => `port ${fact(port, "port")} → node port ${fact(port, "nodePort")}`,
      ),
    effects: (change) => [
      isRemoved(change)
        ? {
            level: "outage",
            text: "the load balancer sends to a node port that the Service may lose",
          }
        : {
            level: "disconnects",
            text: `node port ${nodePort(change.before)} → ${nodePort(change.after)}: connections through the load balancer are cut`,
          },
    ],
    protection: {
      name: "node-port",
      loss: "the load balancer sends to a node port that the Service may lose",
    },
  },
  {
    type: /^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?RoleBinding$/,
    facts: (inputs) => [
      `${fact(inputs, "subjects", 0, "kind")} ${fact(inputs, "subjects", 0, "name")}`,
      `→ ${fact(inputs, "roleRef", "kind")} ${fact(inputs, "roleRef", "name")}`,
    ],
    fixed: ["roleRef"],
    effects: whenLost("outage", "the group has no rights from this binding"),
    protection: { name: "binding", loss: "Kubernetes refuses users who rely on it" },
  },
  { type: /^kubernetes:batch\/v1:Job$/, fixed: ["spec.template"] },
  {
    type: /^kubernetes:networking\.k8s\.io\/v1:NetworkPolicy$/,
    facts: (inputs) => [factText(get(inputs, "metadata", "annotations", "access-plane/reasons"))],
    effects: whenLost("notice", "its pods take connections on every port"),
  },
  {
    type: /^kubernetes:core\/v1:ConfigMap$/,
    facts: () => ["configuration of the sidecar that adds secret headers"],
    effects: whenLost("outage", "apps with secret headers cannot be reached after a restart"),
    protection: { name: "agent", loss: "apps with secret headers cannot be reached" },
  },
];
