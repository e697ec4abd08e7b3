/** The Vault Secrets Operator, run beside the cluster as its administrator. */
import { healthy } from "../http.ts";
import type { Part } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";
import { operatorNamespace } from "./cluster.ts";

export const vaultSecretsOperator: Part = {
  name: "vault-secrets-operator",
  after: ["vault-connection", "vault-contents"],
  ports: ["vault-secrets-operator-health", "vault-secrets-operator-metrics"],
  requires: () => [toolPath("vault-secrets-operator")],
  command: ({ layout, ports }) => ({
    file: toolPath("vault-secrets-operator"),
    args: [
      "--leader-elect=false",
      `--health-probe-bind-address=127.0.0.1:${ports["vault-secrets-operator-health"]}`,
      `--metrics-bind-address=127.0.0.1:${ports["vault-secrets-operator-metrics"]}`,
    ],
    env: {
      KUBECONFIG: layout.kubeconfig,
      OPERATOR_NAMESPACE: operatorNamespace,
      OPERATOR_POD_NAME: "vault-secrets-operator-sandbox",
    },
  }),
  ready: ({ ports }) =>
    healthy(`http://127.0.0.1:${ports["vault-secrets-operator-health"]}/readyz`),
};
