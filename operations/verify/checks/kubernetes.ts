import type * as k8s from "@kubernetes/client-node";
import type { SettingsWithAgents } from "../../../settings/schema";
import { agentsOf } from "../../../inventory/agents";
import { foreignSecrets, type ReadSecret } from "../../../inventory/secrets";
import { failed, ok, verdict, warning, type Check } from "../check";
import type { Context } from "../context";
import type { AccessRequest } from "../../clients/kubernetes";
import { shellWord } from "../remedy";

/** Kinds that the program writes, or that the charts' roles grant. */
const RESOURCES: readonly [group: string, ...resources: string[]][] = [
  ["", "secrets", "configmaps", "services", "serviceaccounts"],
  ["apps", "deployments", "statefulsets"],
  ["batch", "jobs"],
  ["policy", "poddisruptionbudgets"],
  ["rbac.authorization.k8s.io", "roles", "rolebindings"],
  ["cert-manager.io", "certificates"],
  ["secrets.hashicorp.com", "vaultauths", "vaultstaticsecrets"],
  ["resources.teleport.dev", "teleportroles", "teleportrolesv7", "teleportprovisiontokens"],
];

/** The same for cluster-scoped kinds. */
const CLUSTER_RESOURCES: readonly [group: string, resource: string][] = [
  ["", "namespaces"],
  ["apiextensions.k8s.io", "customresourcedefinitions"],
  ["rbac.authorization.k8s.io", "clusterroles"],
  ["rbac.authorization.k8s.io", "clusterrolebindings"],
];

const VERBS = ["get", "create", "patch", "delete"];

/** A custom resource definition that another operator installs. */
interface Wanted {
  version: string;
  name: string;
  /** The operator. */
  brings: string;
  /** Command that installs it. */
  install: string;
  applies: (settings: SettingsWithAgents) => boolean;
}

/** Definitions that a stack can need. */
export const DEFINITIONS: readonly Wanted[] = [
  {
    ...{ version: "v1", name: "certificates.cert-manager.io" },
    brings: "cert-manager",
    install:
      "`helm install cert-manager oci://quay.io/jetstack/charts/cert-manager --version v1.19.1 " +
      "--namespace cert-manager --create-namespace --set crds.enabled=true --wait`",
    applies: ({ kind }) => kind === "plane",
  },
  {
    ...{ version: "v1beta1", name: "vaultstaticsecrets.secrets.hashicorp.com" },
    brings: "Vault Secrets Operator",
    install:
      "`helm install vault-secrets-operator vault-secrets-operator --repo https://helm.releases.hashicorp.com " +
      "--version 1.0.1 --namespace vault-secrets-operator-system --create-namespace --wait " +
      "--set defaultVaultConnection.enabled=true --set defaultVaultConnection.address=ADDRESS`",
    applies: ({ vault }) => vault.delivery === "operator",
  },
  {
    ...{ version: "v1beta1", name: "targetgroupbindings.elbv2.k8s.aws" },
    brings: "AWS Load Balancer Controller (loadBalancer.targets.targetGroupBinding)",
    install:
      "`helm install aws-load-balancer-controller aws-load-balancer-controller " +
      '--repo https://aws.github.io/eks-charts --namespace kube-system --set clusterName="$EKS_CLUSTER" --wait`',
    applies: (settings) =>
      settings.kind === "plane" && settings.loadBalancer?.targets.targetGroupBinding !== undefined,
  },
  {
    ...{ version: "v1", name: "podmonitors.monitoring.coreos.com" },
    brings: "Prometheus operator (podMonitor)",
    install:
      "`helm install kube-prometheus-stack kube-prometheus-stack " +
      "--repo https://prometheus-community.github.io/helm-charts --namespace monitoring --create-namespace --wait`",
    applies: (settings) =>
      [
        ...(settings.kind === "plane" ? [settings.teleport] : []),
        ...Object.values(settings.agents),
      ].some(({ podMonitor }) => podMonitor !== undefined),
  },
];

interface Definition {
  spec?: { versions?: { name: string; served: boolean }[] };
}

/** Namespaces that must exist, and the first setting that names each. */
function namedNamespaces(settings: SettingsWithAgents): [name: string, setting: string][] {
  const named: [string, string][] = agentsOf(settings)
    .filter(({ ownNamespace }) => !ownNamespace)
    .map(({ release, namespace }) => [namespace, `agents.${release}.namespace`]);
  if (settings.kind === "plane") {
    settings.rbac.bindings.forEach(({ namespace }, index) => {
      if (namespace !== undefined) named.push([namespace, `rbac.bindings[${index}].namespace`]);
    });
  }
  const others = named.filter(([name]) => name !== settings.namespace.name);
  return others.filter(([name], index) => others.findIndex(([one]) => one === name) === index);
}

/** What a foreign Secret lacks: `problem` now, or `later` if its namespace is new. */
async function missing(
  { kubernetes, settings }: Context,
  { secretName, namespace, holds, keys, type, setting }: ReadSecret,
): Promise<{ problem?: string; later?: string; remedy: string } | undefined> {
  const name = `Secret ${namespace}/${secretName} (${setting.join(".")})`;
  const secret = await kubernetes.get<k8s.V1Secret>("v1", "Secret", secretName, namespace);
  if (secret === undefined) {
    const own = namespace === settings.namespace.name;
    const isNew = own && (await kubernetes.get("v1", "Namespace", namespace)) === undefined;
    const text = `there is no ${name} with ${holds}`;
    const files = type === undefined ? keys : [".dockerconfigjson"];
    const from = [
      ...(type === undefined ? [] : [`--type=${type}`]),
      ...files.map((key) => `--from-file=${key}=FILE`),
    ].join(" ");
    const remedy = `\`kubectl create secret generic ${secretName} -n ${namespace} ${from}\``;
    return { ...(isNew ? { later: text } : { problem: text }), remedy };
  }
  const key = keys.find((one) => (secret.data?.[one] ?? "") === "");
  if (key === undefined) return undefined;
  const patch = `{"data":{"${key}":"'"$(base64 -w0 FILE)"'"}}`;
  const remedy = `\`kubectl patch secret ${secretName} -n ${namespace} -p '${patch}'\``;
  return { problem: `${name} has no key ${key}`, remedy };
}

const NO_NODE =
  "`kubectl get nodes --show-labels` shows the labels: correct the setting, or start such nodes";

interface NodeSelector {
  setting: string;
  labels: Record<string, string>;
}

/** Labels that pods ask of their nodes, and the setting of each. */
function nodeSelectors(settings: SettingsWithAgents): NodeSelector[] {
  const all = Object.entries(settings.agents).map(([release, { nodeSelector }]) => ({
    setting: `agents.${release}.nodeSelector`,
    labels: nodeSelector,
  }));
  if (settings.kind === "plane") {
    for (const part of ["auth", "proxy"] as const) {
      const labels = settings.teleport[part].nodeSelector;
      all.push({ setting: `teleport.${part}.nodeSelector`, labels });
    }
  }
  return all.filter(({ labels }) => Object.keys(labels).length > 0);
}

export const kubernetesChecks: Check<Context>[] = [
  {
    id: "kubernetes.reachable",
    title: "Kubernetes answers",
    before: true,
    expected: "the API server of the stack's kubeconfig and context answers",
    remedy:
      "`kubectl config get-contexts` lists the contexts: check KUBECONFIG, kubernetes.kubeconfig and " +
      "kubernetes.context, and the way there",
    async run({ kubernetes }) {
      return ok(`version ${await kubernetes.version()}`);
    },
  },
  {
    id: "kubernetes.rights",
    title: "Rights in Kubernetes",
    before: true,
    expected: "the deploying account may write every kind of the plane",
    remedy:
      "`kubectl auth whoami` says who asks: deploy as a cluster administrator, or grant what is named",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const namespace = settings.namespace.name;
      const requests: AccessRequest[] = [
        ...RESOURCES.flatMap(([group, ...names]) =>
          names.map((resource) => ({ group, resource, namespace })),
        ),
        ...CLUSTER_RESOURCES.map(([group, resource]) => ({ group, resource })),
      ].flatMap((request) => VERBS.map((verb) => ({ verb, ...request })));
      const allowed = await Promise.all(requests.map((request) => kubernetes.allowed(request)));
      const refused = requests.filter((_, index) => !allowed[index]);
      return verdict(
        refused.map(({ verb, resource, group }) =>
          `may not ${verb} ${resource}${group === "" ? "" : `.${group}`}`.trim(),
        ),
        `${requests.length} rights, all granted`,
      );
    },
  },
  {
    id: "kubernetes.definitions",
    title: "Operators installed",
    before: true,
    expected: "the operators that the settings need have brought their kinds",
    remedy:
      "install the operator that is named: docs/first-deployment.md has the commands (cert-manager in step 3, Vault " +
      "Secrets Operator in step 4); or remove the setting that is named",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings, env }) {
      const wanted = DEFINITIONS.filter(({ applies }) => applies(settings));
      const problems = await Promise.all(
        wanted.map(async ({ version, name, brings }) => {
          const definition = await kubernetes.get<Definition>(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            name,
          );
          const served = definition?.spec?.versions?.some(
            (candidate) => candidate.name === version && candidate.served,
          );
          return served === true ? undefined : `${name} ${version} is missing: ${brings}`;
        }),
      );
      const address = shellWord(settings.vault.address ?? env?.["VAULT_ADDR"] ?? "ADDRESS");
      const installs = wanted.flatMap(({ install }, at) =>
        problems[at] === undefined ? [] : install.replace("ADDRESS", () => address),
      );
      return verdict(problems, wanted.map(({ brings }) => brings).join(", "), {
        remedy: `${installs.join(", ")}; docs/first-deployment.md says more`,
      });
    },
  },
  {
    id: "kubernetes.namespaces",
    title: "Namespaces",
    before: true,
    expected: "namespaces that the settings name and the stack does not make exist",
    remedy: "`kubectl create namespace NAME`, or correct the setting",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const wanted = namedNamespaces(settings);
      const found = await Promise.all(
        wanted.map(([name]) => kubernetes.get("v1", "Namespace", name)),
      );
      const gone = wanted.filter((_, index) => found[index] === undefined);
      const commands = gone.map(([name]) => `\`kubectl create namespace ${name}\``);
      return verdict(
        gone.map(([name, setting]) => `namespace ${name} does not exist (${setting})`),
        wanted.length === 0 ? "none besides its own" : wanted.map(([name]) => name).join(", "),
        { remedy: `${commands.join(", ")}, or correct the setting` },
      );
    },
  },
  {
    id: "kubernetes.nodes",
    title: "Nodes for the pods",
    before: true,
    expected: "every nodeSelector of the settings selects a node",
    remedy: NO_NODE,
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const selectors = nodeSelectors(settings);
      if (selectors.length === 0) return ok("any node will do");
      const nodes = await kubernetes.list<k8s.V1Node>("v1", "Node");
      const none = selectors.filter(
        ({ labels }) =>
          !nodes.some(({ metadata }) =>
            Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value),
          ),
      );
      const text = ({ setting, labels }: NodeSelector) => `${setting} ${JSON.stringify(labels)}`;
      if (none.length === 0) return ok(selectors.map(({ setting }) => setting).join(", "));
      // Karpenter may start a node once a pod asks for it.
      return warning(`no node has the labels of ${none.map(text).join(", ")}: pods wait for one`);
    },
  },
  {
    id: "kubernetes.secrets",
    title: "Secrets of others",
    before: true,
    expected: "each Secret that the settings name and the stack does not make has its key",
    remedy:
      "`kubectl create secret generic NAME -n NAMESPACE --from-file=KEY=FILE`, or correct the setting: pods that mount it wait for it without an error. Capsule " +
      "Proxy's is the one that the proxy itself uses, not that of its self-signed authority",
    needs: ["kubernetes.reachable", "kubernetes.namespaces"],
    async run(context) {
      const { settings } = context;
      const wanted = foreignSecrets(settings);
      const found = await Promise.all(wanted.map((secret) => missing(context, secret)));
      const problems = found.flatMap((one) => one?.problem ?? []);
      const commands = found.flatMap((one) => one?.remedy ?? []).join(", ");
      if (problems.length > 0) {
        return failed(problems.join("; "), {
          remedy: this.remedy.replace(/`[^`]+`/, () => commands),
        });
      }
      const later = found.flatMap((one) => one?.later ?? []);
      const names = wanted.map(({ namespace, secretName }) => `${namespace}/${secretName}`);
      return later.length > 0
        ? warning(later.join("; "), {
            remedy:
              `\`kubectl create namespace ${settings.namespace.name}\`, ${commands}, and for the first update ` +
              "`PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true bin/access-plane up --stack STACK`, which takes the namespace over",
          })
        : ok(names.length === 0 ? "none besides its own" : [...new Set(names)].join(", "));
    },
  },
];
