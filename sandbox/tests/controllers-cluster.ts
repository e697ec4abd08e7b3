/** An etcd and an API server of the tests' own, on free ports, gone with them. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeClient } from "../src/controllers/kube-client.ts";
import { toolPath } from "../src/setup/tools.ts";

/** Namespace of the tests' objects. */
export const ns = "teleport";

interface TestCluster {
  kubeconfig: string;
  client: KubeClient;
  stop: () => Promise<void>;
}

/** The cluster of all suites, because a start takes seconds of CPU. */
let shared: Promise<TestCluster> | undefined;
/** Suites that use it and have not ended. */
let suites = 0;

async function stopShared(): Promise<void> {
  const cluster = await shared?.catch(() => undefined);
  shared = undefined;
  await cluster?.stop();
}
// For a run in which hooks of its suites were left out.
after(stopShared);

/**
 * A cluster for the suite that calls this. The first suite starts it, the last one stops it. At its end a suite that
 * others follow removes what it made, except definitions. Without the binaries the suite is skipped.
 */
export function useCluster(end: (othersFollow: boolean) => Promise<void>): () => TestCluster {
  let cluster: TestCluster | undefined;
  suites++;
  before(async function () {
    this.timeout(120_000);
    if (!clusterAvailable()) return this.skip();
    cluster = await (shared ??= startCluster());
  });
  after(async () => {
    const othersFollow = --suites > 0;
    if (cluster) await end(othersFollow);
    if (!othersFollow) await stopShared();
  });
  return () => {
    assert.ok(cluster, "the cluster is used before it is started");
    return cluster;
  };
}

/** Whether the binaries are there. */
function clusterAvailable(): boolean {
  try {
    return Boolean(toolPath("etcd") && toolPath("kube-apiserver"));
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port to be had");
  return address.port;
}

/** Starts a cluster of the caller's own; tests of the engine use it too. */
export async function startCluster(): Promise<TestCluster> {
  const directory = mkdtempSync(join(tmpdir(), "controllers-"));
  const [etcd, peer, secure] = [await freePort(), await freePort(), await freePort()];
  const token = `test-${String(process.pid)}-${String(secure)}`;
  const key = join(directory, "accounts.key");
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  writeFileSync(key, pair.privateKey, { mode: 0o600 });
  writeFileSync(`${key}.pub`, pair.publicKey);
  const tokens = join(directory, "tokens.csv");
  writeFileSync(tokens, `${token},tester,tester,system:masters\n`, { mode: 0o600 });
  const url = (port: number) => `http://127.0.0.1:${String(port)}`;
  const processes: ChildProcess[] = [];
  const run = (program: string, args: string[]) => {
    const child = spawn(program, args, { stdio: "ignore", cwd: directory });
    processes.push(child);
  };
  run(toolPath("etcd"), [
    "--unsafe-no-fsync",
    `--data-dir=${join(directory, "etcd")}`,
    `--listen-client-urls=${url(etcd)}`,
    `--advertise-client-urls=${url(etcd)}`,
    `--listen-peer-urls=${url(peer)}`,
    `--initial-advertise-peer-urls=${url(peer)}`,
    `--initial-cluster=default=${url(peer)}`,
    "--log-level=error",
  ]);
  run(toolPath("kube-apiserver"), [
    `--etcd-servers=${url(etcd)}`,
    `--secure-port=${String(secure)}`,
    "--bind-address=127.0.0.1",
    `--cert-dir=${join(directory, "certs")}`,
    `--service-account-key-file=${key}.pub`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${tokens}`,
    "--authorization-mode=Node,RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--disable-admission-plugins=ServiceAccount",
  ]);
  const stop = async () => {
    for (const child of processes.reverse()) {
      if (child.exitCode !== null) continue;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(secure, token);
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeconfig = join(directory, "kubeconfig");
  const ca = readFileSync(join(directory, "certs", "apiserver.crt")).toString("base64");
  writeFileSync(kubeconfig, JSON.stringify(configOf(secure, ca, token)), { mode: 0o600 });
  const client = new KubeClient(kubeconfig);
  const metadata = { name: ns };
  const namespaces = { group: "", version: "v1", plural: "namespaces" };
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata });
  return { kubeconfig, client, stop };
}

function configOf(port: number, ca: string, token: string) {
  const server = `https://127.0.0.1:${String(port)}`;
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": ca } }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
}

async function ready(port: number, token: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const status = await new Promise<number>((resolve) => {
      const outgoing = request(
        `https://127.0.0.1:${String(port)}/readyz`,
        // Its certificate is made while it starts; nothing secret is sent or believed here.
        { rejectUnauthorized: false, headers: { Authorization: `Bearer ${token}` } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      outgoing.on("error", () => {
        resolve(0);
      });
      outgoing.end();
    });
    if (status === 200) return;
    await sleep(100);
  }
  throw new Error("kube-apiserver of the test: not ready within 60 s");
}
