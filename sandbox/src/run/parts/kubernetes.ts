/** The Kubernetes control plane: API server, controllers and scheduler. */
import { join } from "node:path";
import { stringify } from "yaml";
import { readFileSync } from "node:fs";
import { writeWhole } from "../files.ts";
import { healthy } from "../http.ts";
import { KubeApi, serverAddress, serverCertificate } from "../kube-api.ts";
import type { Part, Sandbox, Step } from "../part.ts";
import { serviceAccountKey } from "../secrets.ts";
import { toolPath } from "../../setup/tools.ts";
import { etcdClient } from "./etcd.ts";

/** Garbage is collected less often: a quarter less work, for a few hundred MiB. */
const env = { GOGC: "400" };

export const apiServer: Part = {
  name: "kube-apiserver",
  after: ["etcd"],
  ports: ["kube-apiserver"],
  requires: () => [toolPath("kube-apiserver")],
  command: async (sandbox) => {
    const { layout, ports, secrets } = sandbox;
    const key = serviceAccountKey(layout);
    const etcd = await etcdClient(layout);
    const tokens = join(layout.kubernetes, "tokens.csv");
    writeWhole(
      tokens,
      [
        `${secrets.adminToken},sandbox-admin,sandbox-admin,"system:masters"`,
        `${secrets.controllerManagerToken},system:kube-controller-manager,controller-manager`,
        `${secrets.schedulerToken},system:kube-scheduler,scheduler`,
        "",
      ].join("\n"),
    );
    return {
      file: toolPath("kube-apiserver"),
      env,
      args: [
        `--etcd-servers=https://127.0.0.1:${ports["etcd"]}`,
        `--etcd-cafile=${etcd.ca}`,
        `--etcd-certfile=${etcd.pair.certificate}`,
        `--etcd-keyfile=${etcd.pair.key}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none", // a loopback address must not become an endpoint
        `--secure-port=${ports["kube-apiserver"]}`,
        `--cert-dir=${join(layout.kubernetes, "pki")}`,
        `--service-account-key-file=${key.publicKey}`,
        `--service-account-signing-key-file=${key.privateKey}`,
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-extend-token-expiration=false",
        `--token-auth-file=${tokens}`,
        "--authorization-mode=Node,RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--allow-privileged=true",
        "--profiling=false",
      ],
    };
  },
  ready: async (sandbox) => {
    const ca = readFileSync(serverCertificate(sandbox), "utf8");
    await healthy(`${serverAddress(sandbox)}/readyz`, {
      ca,
      headers: { authorization: `Bearer ${sandbox.secrets.adminToken}` },
    });
  },
};

/** Writes the administrator's kubeconfig and those of the control plane's own users. */
export const kubeconfigs: Step = {
  name: "kubeconfigs",
  after: ["kube-apiserver"],
  run: (sandbox) => {
    const { layout, secrets } = sandbox;
    writeWhole(layout.kubeconfig, kubeconfig(sandbox, secrets.adminToken));
    writeWhole(
      configOf(sandbox, "kube-controller-manager"),
      kubeconfig(sandbox, secrets.controllerManagerToken),
    );
    writeWhole(configOf(sandbox, "kube-scheduler"), kubeconfig(sandbox, secrets.schedulerToken));
  },
};

export const controllerManager: Part = {
  name: "kube-controller-manager",
  after: ["kubeconfigs"],
  ports: ["kube-controller-manager"],
  requires: () => [toolPath("kube-controller-manager")],
  command: (sandbox) => ({
    file: toolPath("kube-controller-manager"),
    env,
    args: [
      `--kubeconfig=${configOf(sandbox, "kube-controller-manager")}`,
      `--service-account-private-key-file=${serviceAccountKey(sandbox.layout).privateKey}`,
      `--root-ca-file=${serverCertificate(sandbox)}`,
      "--use-service-account-credentials=true",
      "--bind-address=127.0.0.1",
      `--secure-port=${sandbox.ports["kube-controller-manager"]}`,
      "--leader-elect=false",
      "--profiling=false",
    ],
  }),
  ready: async (sandbox) => {
    await healthy(`https://127.0.0.1:${sandbox.ports["kube-controller-manager"]}/healthz`, {
      insecure: true,
    });
    // Then its controllers work: they create this account in every namespace, and pods need it.
    const account = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: "default" },
    };
    if ((await new KubeApi(sandbox).get("serviceaccounts", account)) === undefined) {
      throw new Error("the service account default/default is not there yet");
    }
  },
};

export const scheduler: Part = {
  name: "kube-scheduler",
  after: ["kubeconfigs"],
  ports: ["kube-scheduler"],
  requires: () => [toolPath("kube-scheduler")],
  command: (sandbox) => ({
    file: toolPath("kube-scheduler"),
    args: [
      `--kubeconfig=${configOf(sandbox, "kube-scheduler")}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${sandbox.ports["kube-scheduler"]}`,
      "--leader-elect=false",
      "--profiling=false",
    ],
  }),
  ready: ({ ports }) =>
    healthy(`https://127.0.0.1:${ports["kube-scheduler"]}/healthz`, { insecure: true }),
};

function configOf({ layout }: Sandbox, user: string): string {
  return join(layout.kubernetes, `${user}.kubeconfig`);
}

function kubeconfig(sandbox: Sandbox, token: string): string {
  const ca = readFileSync(serverCertificate(sandbox)).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "sandbox",
    clusters: [
      {
        name: "sandbox",
        cluster: { server: serverAddress(sandbox), "certificate-authority-data": ca },
      },
    ],
    users: [{ name: "sandbox-admin", user: { token } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "sandbox-admin" } }],
  });
}
