import { agentsOf } from "../../inventory/agents";
import { foreignSecrets } from "../../inventory/secrets";
import type { Path } from "../problem";
import { rule, type Rule } from "./rule";
import { secretSettings } from "./secrets";

/** Rules about the namespaces that agents live in. */

const LABEL_LENGTH = 63;

/** The agents' chart lets its pods read every Secret of their namespace (teleport-kube-agent, role.yaml). */
const apart = rule({
  needs: ["agents", "namespace", "teleport"],
  check(settings, report) {
    for (const { release, namespace, ownNamespace } of agentsOf(settings)) {
      const at: Path = ["agents", release, "namespace"];
      if (namespace === settings.namespace.name) {
        report.warning(
          at,
          `is the plane's: the chart lets the agent's pods read every Secret of ${namespace}, the ` +
            "database's password included. Use another namespace, unless something depends on this one.",
        );
      }
      if (ownNamespace && namespace.length > LABEL_LENGTH) {
        report.problem(
          at,
          `would be "${namespace}", but Kubernetes allows ${LABEL_LENGTH} characters: name a shorter namespace that exists.`,
          [["namespace", "name"]],
        );
      }
    }
  },
});

/** Secrets that other people create cannot be in a namespace that this deployment creates. */
const secretsOfOthers = rule({
  needs: ["agents", "namespace", "teleport"],
  check(settings, report) {
    const { agents, certificate } = settings;
    const foreign = foreignSecrets(secretSettings(settings));
    for (const { release, namespace, ownNamespace } of agentsOf(settings)) {
      const agent = agents[release];
      if (agent === undefined) continue;
      const at = (...rest: (string | number)[]): Path => ["agents", release, ...rest];
      if (ownNamespace) {
        const named = foreign
          .filter((secret) => secret.namespace === namespace)
          .map(({ setting }): Path => setting);
        if (named.length > 0) {
          report.problem(
            at("namespace"),
            `is missing: ${named.map((path) => path.join(".")).join(", ")} names a Secret of the agent's namespace, ` +
              `which this deployment would create (${namespace}): create a namespace with that Secret and name it here.`,
            named,
          );
        }
      }
      if (
        certificate?.caSecretName !== undefined &&
        namespace !== settings.namespace.name &&
        agent.caSecretName === undefined &&
        agent.proxyAddress === undefined &&
        !agent.insecureSkipProxyTLSVerify
      ) {
        report.problem(
          at("caSecretName"),
          "is missing: the authority of certificate.caSecretName signs the proxy's certificate, and agents verify that: " +
            (ownNamespace
              ? `create a namespace with a copy of that Secret, and name them here and in agents.${release}.namespace ` +
                `(${namespace} is made by this deployment, without the Secret).`
              : `create a copy of that Secret in namespace ${namespace}, and name it here.`),
          [["certificate", "caSecretName"], at("namespace")],
        );
      }
    }
  },
});

export const agentNamespaceRules: readonly Rule[] = [apart, secretsOfOthers];
