/** Seeds what other teams provide in a cluster before the access plane comes. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { until } from "../http.ts";
import { KubeApi } from "../kube-api.ts";
import type { KubeObject } from "../kube-api.ts";
import type { Sandbox, Step } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";
import { nodeNames } from "./kwok.ts";

/** The service account whose token Vault shows when it asks the API server about other tokens. */
export const reviewer = { name: "vault-reviewer", namespace: "kube-system" };

/** The namespace of the Vault Secrets Operator. */
export const operatorNamespace = "vault-secrets-operator-system";

const namespaces = ["cert-manager", operatorNamespace, "infra-db"];

/** Nodes for KWOK to play. */
export const nodes: Step = {
  name: "nodes",
  after: ["kubeconfigs"],
  run: async (sandbox) => {
    const kube = new KubeApi(sandbox);
    await Promise.all(nodeNames.map((name, index) => kube.apply("nodes", node(name, index))));
  },
};

/** Namespaces, the reviewer's rights, and the Service that stands for infra-db. */
export const clusterObjects: Step = {
  name: "cluster-objects",
  after: ["kubeconfigs"],
  run: async (sandbox) => {
    const kube = new KubeApi(sandbox);
    await Promise.all(
      namespaces.map((name) =>
        kube.apply("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } }),
      ),
    );
    // The API server makes this namespace itself, a moment after it is ready.
    await until("The namespace kube-system", 20, () =>
      kube.apply("serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { ...reviewer },
      }),
    );
    await kube.apply("clusterrolebindings", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: reviewer.name },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:auth-delegator",
      },
      subjects: [{ kind: "ServiceAccount", ...reviewer }],
    });
    await infraDb(kube, sandbox);
  },
};

/** The custom resource definitions of cert-manager and the Vault Secrets Operator. */
export const definitions: Step = {
  name: "definitions",
  after: ["kubeconfigs"],
  requires: () => [toolPath("cert-manager-crds"), toolPath("vso-crds")],
  run: async (sandbox) => {
    const kube = new KubeApi(sandbox);
    const crds = [...crdsIn(toolPath("cert-manager-crds")), ...crdsIn(toolPath("vso-crds"))];
    await Promise.all(
      crds.map(async (crd) => {
        await kube.apply("customresourcedefinitions", crd);
        await until(`The definition ${crd.metadata.name}`, 20, () => established(kube, crd));
      }),
    );
  },
};

/** The issuer that the certificate names. The sandbox's own authority plays it. */
export const issuer: Step = {
  name: "issuer",
  after: ["definitions", "cluster-objects"],
  run: async (sandbox) => {
    const kube = new KubeApi(sandbox);
    await until("The ClusterIssuer letsencrypt", 20, () =>
      kube.apply("clusterissuers", {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "letsencrypt" },
        spec: { ca: { secretName: "sandbox-ca" } },
      }),
    );
  },
};

async function infraDb(kube: KubeApi, { ports }: Sandbox): Promise<void> {
  const metadata = { name: "infra-db", namespace: "infra-db" };
  const port = ports["postgres"];
  await kube.apply("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { ports: [{ name: "postgresql", port: 5432, protocol: "TCP", targetPort: port }] },
  });
  // Informative: an address of the loopback net is refused in a slice of IP addresses.
  await kube.apply("endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": "infra-db" } },
    addressType: "FQDN",
    ports: [{ name: "postgresql", port, protocol: "TCP" }],
    endpoints: [{ addresses: ["infra-db.localhost"], conditions: { ready: true } }],
  });
}

function node(name: string, index: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/role": "agent",
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": `eu-central-1${"abc"[index % 3] ?? "a"}`,
        type: "kwok",
      },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: {},
  };
}

function crdsIn(folder: string): KubeObject[] {
  const found: KubeObject[] = [];
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      const child = join(path, name);
      if (statSync(child).isDirectory()) walk(child);
      else if (/\.ya?ml$/.test(name)) {
        for (const document of parseAllDocuments(readFileSync(child, "utf8"))) {
          const object = document.toJS() as KubeObject | null;
          if (object?.kind === "CustomResourceDefinition") found.push(object);
        }
      }
    }
  };
  walk(folder);
  if (found.length === 0) {
    throw new Error(`No custom resource definitions in ${folder}: run "make setup" again.`);
  }
  return found;
}

async function established(kube: KubeApi, crd: KubeObject): Promise<void> {
  const now = await kube.get("customresourcedefinitions", crd);
  const { conditions = [] } = (now?.["status"] ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  if (!conditions.some(({ type, status }) => type === "Established" && status === "True")) {
    throw new Error("not established yet");
  }
}
