import { get, getText, list } from "../../teleport/values";
import { fact, factText, gone, type ResourceKind } from "./resource-kind";

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
    lost: {
      level: "outage",
      text: "everything in it is deleted with it",
      allow: "namespace",
      back: gone(
        "everything in the namespace, Secrets of the agents' identities included, is gone",
      ),
    },
  },
  {
    type: /^kubernetes:core\/v1:ServicePatch$/,
    facts: (inputs) =>
      list(get(inputs, "spec", "ports")).map(
        (port) => `port ${fact(port, "port")} → node port ${fact(port, "nodePort")}`,
      ),
    effects: ({ before, after }) => [
      {
        level: "disconnects",
        text: `node port ${nodePort(before)} → ${nodePort(after)}: connections through the load balancer are cut`,
      },
    ],
    lost: {
      level: "outage",
      text: "the load balancer sends to a node port that the Service may lose",
      allow: "node-port",
    },
  },
  {
    type: /^kubernetes:rbac\.authorization\.k8s\.io\/v1:(Cluster)?RoleBinding$/,
    facts: (inputs) => [
      `${fact(inputs, "subjects", 0, "kind")} ${fact(inputs, "subjects", 0, "name")}`,
      `→ ${fact(inputs, "roleRef", "kind")} ${fact(inputs, "roleRef", "name")}`,
    ],
    fixed: ["roleRef"],
    lost: {
      level: "outage",
      text: "the group has no rights from this binding",
      allow: "binding",
    },
  },
  { type: /^kubernetes:batch\/v1:Job$/, fixed: ["spec.template"] },
  {
    type: /^kubernetes:networking\.k8s\.io\/v1:NetworkPolicy$/,
    facts: (inputs) => [factText(get(inputs, "metadata", "annotations", "access-plane/reasons"))],
    lost: { level: "notice", text: "its pods take connections on every port" },
  },
  {
    type: /^kubernetes:core\/v1:ConfigMap$/,
    facts: () => ["configuration of the sidecar that adds secret headers"],
    lost: {
      level: "outage",
      text: "apps with secret headers cannot be reached after a restart",
      allow: "agent",
    },
  },
];
