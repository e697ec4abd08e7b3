/** Vault, unsealed by the sandbox, with the mounts that its owners would have made. */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeWhole } from "../files.ts";
import { call, healthy, until } from "../http.ts";
import { KubeApi, serverAddress, serverCertificate } from "../kube-api.ts";
import type { Layout } from "../layout.ts";
import type { Part, Sandbox, Step } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";
import { operatorNamespace, reviewer } from "./cluster.ts";
import { databaseAuthority, vaultUser } from "./postgres.ts";

/** Vault's address. */
export function vaultAddress({ ports }: Pick<Sandbox, "ports">): string {
  return `http://127.0.0.1:${ports["vault"]}`;
}

interface Keys {
  readonly unsealKey: string;
  readonly rootToken: string;
}

const keyFile = (layout: Layout) => join(layout.vault, "keys.json");

/** The root token; throws before Vault's first start. */
export function vaultToken(layout: Layout): string {
  const keys = readJson<Keys | undefined>(keyFile(layout), undefined);
  if (keys === undefined)
    throw new Error(`${keyFile(layout)} is missing: start the sandbox first.`);
  return keys.rootToken;
}

export const vault: Part = {
  name: "vault",
  after: [],
  ports: ["vault", "vault-cluster"],
  requires: () => [toolPath("vault")],
  command: (sandbox) => {
    const { layout, ports } = sandbox;
    const config = join(layout.vault, "config.json");
    writeWhole(
      config,
      JSON.stringify({
        storage: { file: { path: join(layout.vault, "data") } },
        listener: [
          {
            tcp: {
              address: `127.0.0.1:${ports["vault"]}`,
              cluster_address: `127.0.0.1:${ports["vault-cluster"]}`, // else the next port, taken or not
              tls_disable: true,
            },
          },
        ],
        api_addr: vaultAddress(sandbox),
        disable_mlock: true,
        ui: false,
      }),
    );
    return { file: toolPath("vault"), args: ["server", `-config=${config}`, "-log-level=warn"] };
  },
  ready: async (sandbox) => {
    const status = await vaultCall<{ initialized: boolean; sealed: boolean }>(
      sandbox,
      "GET",
      "sys/seal-status",
    );
    if (!status.initialized) await initialise(sandbox);
    else if (status.sealed) await unseal(sandbox);
    await healthy(`${vaultAddress(sandbox)}/v1/sys/health`);
  },
};

/** The mounts, the login for service accounts, the connection to infra-db, and two secrets. */
export const vaultContents: Step = {
  name: "vault-contents",
  after: ["vault", "cluster-objects", "databases"],
  run: async (sandbox) => {
    const mounts = await vaultCall<Record<string, unknown>>(sandbox, "GET", "sys/mounts");
    if (mounts["secret/"] === undefined) {
      await vaultCall(sandbox, "POST", "sys/mounts/secret", {
        type: "kv",
        options: { version: "2" },
      });
    }
    if (mounts["database/"] === undefined) {
      await vaultCall(sandbox, "POST", "sys/mounts/database", { type: "database" });
    }
    await Promise.all([kubernetesLogin(sandbox), databaseConnection(sandbox), secrets(sandbox)]);
  },
};

/** Where the Vault Secrets Operator finds Vault when an object names no connection. */
export const vaultConnection: Step = {
  name: "vault-connection",
  after: ["definitions", "cluster-objects"],
  run: async (sandbox) => {
    const kube = new KubeApi(sandbox);
    await until("The VaultConnection default", 20, () =>
      kube.apply("vaultconnections", {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultConnection",
        metadata: { name: "default", namespace: operatorNamespace },
        spec: { address: vaultAddress(sandbox) },
      }),
    );
  },
};

/** One request to Vault with the root token; an answer of 404 is undefined when `orNone` says so. */
export async function vaultCall<T = unknown>(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
  options: { orNone?: boolean } = {},
): Promise<T> {
  const keys = readJson<Keys | undefined>(keyFile(sandbox.layout), undefined);
  const answer = await call(`${vaultAddress(sandbox)}/v1/${path}`, {
    method,
    body,
    ...(keys === undefined ? {} : { headers: { "x-vault-token": keys.rootToken } }),
  });
  if (answer.status === 404 && options.orNone === true) return undefined as T;
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`Vault answers ${answer.status} to ${method} ${path}: ${answer.text.trim()}`);
  }
  return (answer.text === "" ? undefined : JSON.parse(answer.text)) as T;
}

async function initialise(sandbox: Sandbox): Promise<void> {
  const made = await vaultCall<{ keys_base64: string[]; root_token: string }>(
    sandbox,
    "PUT",
    "sys/init",
    { secret_shares: 1, secret_threshold: 1 },
  );
  const keys: Keys = { unsealKey: made.keys_base64[0] ?? "", rootToken: made.root_token };
  writeWhole(keyFile(sandbox.layout), `${JSON.stringify(keys, undefined, 2)}\n`);
  chmodSync(keyFile(sandbox.layout), 0o600);
  await unseal(sandbox);
}

async function unseal(sandbox: Sandbox): Promise<void> {
  const keys = readJson<Keys | undefined>(keyFile(sandbox.layout), undefined);
  if (keys === undefined) {
    throw new Error(
      `Vault holds data but its key ${keyFile(sandbox.layout)} is gone: run "make reset".`,
    );
  }
  await vaultCall(sandbox, "PUT", "sys/unseal", { key: keys.unsealKey });
}

/** Service accounts log in; Vault asks the API server whether their tokens are good. */
async function kubernetesLogin(sandbox: Sandbox): Promise<void> {
  const methods = await vaultCall<Record<string, unknown>>(sandbox, "GET", "sys/auth");
  if (methods["kubernetes/"] === undefined) {
    await vaultCall(sandbox, "POST", "sys/auth/kubernetes", { type: "kubernetes" });
  }
  const token = await new KubeApi(sandbox).request<{ status: { token: string } }>(
    "POST",
    `/api/v1/namespaces/${reviewer.namespace}/serviceaccounts/${reviewer.name}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 10 * 365 * 24 * 3600 },
    },
  );
  await vaultCall(sandbox, "POST", "auth/kubernetes/config", {
    kubernetes_host: serverAddress(sandbox),
    kubernetes_ca_cert: readFileSync(serverCertificate(sandbox), "utf8"),
    token_reviewer_jwt: token.status.token,
    disable_iss_validation: true,
    disable_local_ca_jwt: true,
  });
}

async function databaseConnection(sandbox: Sandbox): Promise<void> {
  const { certificate } = await databaseAuthority(sandbox.layout);
  const connection_url =
    `postgresql://{{username}}:{{password}}@127.0.0.1:${sandbox.ports["postgres"]}` +
    `/postgres?sslmode=verify-full&sslrootcert=${certificate}`;
  const path = "database/config/infra-db";
  const now = await vaultCall<
    { data: { connection_details?: { connection_url?: string } } } | undefined
  >(sandbox, "GET", path, undefined, { orNone: true });
  if (now?.data.connection_details?.connection_url === connection_url) return;
  await vaultCall(sandbox, "POST", path, {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url,
    username: vaultUser,
    password: sandbox.secrets.vaultDatabasePassword,
    password_authentication: "scram-sha-256",
  });
}

/** Secrets that the reference deployment reads; existing ones stay. */
async function secrets(sandbox: Sandbox): Promise<void> {
  const random = () => randomBytes(24).toString("base64url");
  const wanted: Record<string, Record<string, string>> = {
    "teleport/agent": {
      "zot-basic-auth": Buffer.from(`teleport:${random()}`).toString("base64"),
      "openclaw-gateway-token": random(),
    },
    "infra-db/teleport": {
      username: "teleport",
      password: sandbox.secrets.teleportDatabasePassword,
    },
  };
  // A mount of version 2 answers 400 for a moment while it is being set up.
  await until("Vault's mount secret", 20, async () => {
    for (const [name, data] of Object.entries(wanted)) {
      const path = `secret/data/${name}`;
      const there = await vaultCall(sandbox, "GET", path, undefined, { orNone: true });
      if (there === undefined) await vaultCall(sandbox, "POST", path, { data });
    }
  });
}
