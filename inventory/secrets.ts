import { JOIN_KEY, type Join } from "../teleport/agent-join";
import { KUBECONFIG_KEY } from "../teleport/agent-services";
import { ALLOW_LOOKUP } from "../teleport/checks/secret-references";
import { CAPSULE_CA_KEY } from "../teleport/capsule";
import { AUTH_DEPLOYMENT, LICENSE_SECRET } from "../teleport/cluster-values";
import { GOOGLE_KEY, googleSecret } from "../teleport/google-workspace";
import {
  credentialsSecret,
  joinSecret,
  kubeconfigSecret,
  OPERATOR_DEPLOYMENT,
  vaultJoinSecret,
} from "../teleport/names";
import { agentNamespace } from "./agents";

/** Path of a setting below `access-plane:`. */
export type SettingPath = readonly (string | number)[];

/** How messages name a setting. */
export const settingText = (path: SettingPath): string => path.join(".");

/** Path in Vault's KV engine, and one of its keys. */
interface KeyAtPath {
  path: string;
  key: string;
}

/** The part of a pod's variable that names a Secret. */
interface Variable {
  valueFrom?: { secretKeyRef?: { name: string; key: string } };
}

interface Variables {
  extraEnv?: Variable[];
}

interface AgentSecretSettings extends Variables {
  namespace?: string;
  join: Join;
  credentials?: { secretName?: string; path: string; keys: string[] };
  secretHeaders?: string;
  caSecretName?: string;
  databases?: { caSecret?: { name: string; key: string } }[];
  kubernetes?: { kubeconfig?: KeyAtPath; capsule?: { secretName: string } };
}

type Connectors = Record<string, { clientSecret?: KeyAtPath }>;
type OidcConnectors = Record<
  string,
  { clientSecret?: KeyAtPath; googleServiceAccount?: KeyAtPath }
>;

type DatabaseSource =
  | { source: "existing"; path: string }
  | { source: "generated"; path: string; bootstrap?: { adminSecret: string } }
  | { source: "static-role"; mount: string; role: string; connection: string };

interface DatabaseSettings {
  secretName: string;
  caSecret?: { name: string; key: string };
  credentials: DatabaseSource;
}

/** The part of a stack's settings that decides its Secrets. A section may be missing. */
export interface SecretSettings {
  namespace: { name: string };
  vault: { kvMount: string };
  certificate?: { secretName: string; caSecretName?: string };
  images?: { pullSecrets: string[] };
  database?: DatabaseSettings;
  teleport?: { licensePath?: string; auth?: Variables; proxy?: Variables; operator?: Variables };
  resources?: { githubConnectors?: Connectors; oidcConnectors?: OidcConnectors };
  agents?: Record<string, AgentSecretSettings>;
}

/** A workload that reads a Secret once, when its pods start. */
export interface RestartTarget {
  kind: "Deployment" | "StatefulSet";
  name: string;
}

/** A path of Vault's KV engine, version 2. */
export interface KvSource {
  type: "kv-v2";
  mount: string;
  path: string;
}

/** A static role of Vault's database engine. */
export interface RoleSource {
  type: "static-role";
  mount: string;
  role: string;
  /** Connection of the engine to the database server. */
  connection: string;
}

/** Where the value of a Secret is in Vault. */
export type VaultSource = KvSource | RoleSource;

/** Purpose of a Secret from Vault. */
export type Consumer =
  | { kind: "database" | "license" }
  | { kind: "connector"; collection: ConnectorCollection; name: string }
  | { kind: "google-workspace"; name: string }
  | { kind: "agent"; release: string; use: AgentSecretUse };

/** Purpose of an agent's Secret. */
export type AgentSecretUse = "credentials" | "token" | "kubeconfig";

/** A Kubernetes Secret that is filled from Vault. */
export interface VaultSecret {
  secretName: string;
  namespace: string;
  consumer: Consumer;
  source: VaultSource;
  /** Keys of the Secret, each with its key in Vault. */
  keys: Record<string, string>;
  /** Workloads to restart when the value changes. */
  restartTargets: RestartTarget[];
  annotations?: Record<string, string>;
  /** Setting with the path or the role in Vault. */
  setting: SettingPath;
  /** Setting that decides the Secret's name. */
  nameSetting: SettingPath;
  /** True if the deployment writes the value. Before the first deployment it may be missing. */
  generated: boolean;
}

/** Collections of connectors with a client secret from Vault, and prefix of their Secrets' names. */
export const CONNECTOR_SECRETS = {
  githubConnectors: "github-connector",
  oidcConnectors: "oidc-connector",
} as const;

/** Collection of such connectors in `resources`. */
export type ConnectorCollection = keyof typeof CONNECTOR_SECRETS;

const same = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, key]));

/** Where Teleport's credentials for PostgreSQL are in Vault. */
function databaseSource({ credentials }: DatabaseSettings, kvMount: string): VaultSource {
  if (credentials.source !== "static-role") {
    return { type: "kv-v2", mount: kvMount, path: credentials.path };
  }
  const { mount, role, connection } = credentials;
  return { type: "static-role", mount, role, connection };
}

/** The Secret with which Teleport logs in to PostgreSQL. */
export function databaseSecret(
  settings: Pick<SecretSettings, "namespace" | "vault"> & { database: DatabaseSettings },
): VaultSecret {
  const { secretName, credentials } = settings.database;
  const setting = credentials.source === "static-role" ? "role" : "path";
  return {
    secretName,
    namespace: settings.namespace.name,
    consumer: { kind: "database" },
    source: databaseSource(settings.database, settings.vault.kvMount),
    keys: same(["username", "password"]),
    restartTargets: [{ kind: "Deployment", name: AUTH_DEPLOYMENT }],
    setting: ["database", "credentials", setting],
    nameSetting: ["database", "secretName"],
    generated: credentials.source === "generated" || credentials.source === "static-role",
  };
}

type OfKv = Pick<VaultSecret, "secretName" | "consumer" | "keys" | "setting" | "nameSetting">;

/** A Secret of the stack's namespace from Vault's KV engine. `rest` may say otherwise. */
const fromKv = (
  { namespace, vault }: SecretSettings,
  path: string,
  rest: OfKv & Partial<VaultSecret>,
): VaultSecret => ({
  namespace: namespace.name,
  source: { type: "kv-v2", mount: vault.kvMount, path },
  restartTargets: [],
  generated: false,
  ...rest,
});

function connectorSecrets(settings: SecretSettings): VaultSecret[] {
  const collections = Object.keys(CONNECTOR_SECRETS) as ConnectorCollection[];
  return collections.flatMap((collection) =>
    Object.entries(settings.resources?.[collection] ?? {}).flatMap(([name, { clientSecret }]) =>
      clientSecret === undefined
        ? []
        : fromKv(settings, clientSecret.path, {
            secretName: `${CONNECTOR_SECRETS[collection]}-${name}`,
            consumer: { kind: "connector", collection, name },
            keys: same([clientSecret.key]),
            // The operator does not watch Secrets.
            restartTargets: [{ kind: "Deployment", name: OPERATOR_DEPLOYMENT }],
            annotations: { [ALLOW_LOOKUP]: name },
            setting: ["resources", collection, name, "clientSecret", "path"],
            nameSetting: ["resources", collection, name],
          }),
    ),
  );
}

/** Secrets with keys of Google service accounts. The auth service reads them at each login. */
const googleSecrets = (settings: SecretSettings): VaultSecret[] =>
  Object.entries(settings.resources?.oidcConnectors ?? {}).flatMap(
    ([name, { googleServiceAccount: account }]) =>
      account === undefined
        ? []
        : fromKv(settings, account.path, {
            secretName: googleSecret(name),
            consumer: { kind: "google-workspace", name },
            keys: { [GOOGLE_KEY]: account.key },
            setting: ["resources", "oidcConnectors", name, "googleServiceAccount", "path"],
            nameSetting: ["resources", "oidcConnectors", name],
          }),
  );

/** Whether pods read the Secret at start. A token is read at a join; a sidecar reads at each request. */
function readAtStart(use: AgentSecretUse, { secretHeaders }: AgentSecretSettings): boolean {
  return use === "kubeconfig" || (use === "credentials" && secretHeaders !== "sidecar");
}

function agentSecrets(
  release: string,
  agent: AgentSecretSettings,
  settings: SecretSettings,
): VaultSecret[] {
  const { credentials, join } = agent;
  const kubeconfig = agent.kubernetes?.kubeconfig;
  const at = (...rest: string[]) => ["agents", release, ...rest];
  const secret = (use: AgentSecretUse, path: string, rest: Omit<OfKv, "consumer">) =>
    fromKv(settings, path, {
      ...rest,
      namespace: agentNamespace(release, agent, settings),
      consumer: { kind: "agent", release, use },
      restartTargets: readAtStart(use, agent) ? [{ kind: "StatefulSet", name: release }] : [],
    });
  return [
    credentials &&
      secret("credentials", credentials.path, {
        secretName: credentials.secretName ?? credentialsSecret(release),
        keys: same(credentials.keys),
        setting: at("credentials", "path"),
        nameSetting: at("credentials", "secretName"),
      }),
    join.method === "token" &&
      secret("token", join.path, {
        secretName: vaultJoinSecret(release),
        keys: { [JOIN_KEY]: join.key },
        setting: at("join", "path"),
        nameSetting: at("join"),
      }),
    kubeconfig &&
      secret("kubeconfig", kubeconfig.path, {
        secretName: kubeconfigSecret(release),
        keys: { [KUBECONFIG_KEY]: kubeconfig.key },
        setting: at("kubernetes", "kubeconfig", "path"),
        nameSetting: at("kubernetes", "kubeconfig"),
      }),
  ].filter((one) => one !== undefined && one !== false);
}

/** Every Secret of a stack from Vault. */
export function vaultSecrets(settings: SecretSettings): VaultSecret[] {
  const { database, teleport, agents = {} } = settings;
  return [
    ...(database === undefined ? [] : [databaseSecret({ ...settings, database })]),
    ...(teleport?.licensePath === undefined
      ? []
      : [
          fromKv(settings, teleport.licensePath, {
            secretName: LICENSE_SECRET,
            consumer: { kind: "license" },
            keys: same(["license.pem"]),
            // Source: "Renew or update your license" of Teleport's guide to the licence file.
            restartTargets: [{ kind: "Deployment", name: AUTH_DEPLOYMENT }],
            setting: ["teleport", "licensePath"],
            nameSetting: ["teleport", "licensePath"],
          }),
        ]),
    ...connectorSecrets(settings),
    ...googleSecrets(settings),
    ...Object.entries(agents).flatMap(([release, agent]) => agentSecrets(release, agent, settings)),
  ];
}

/**
 * Name of a stack's policy and role in Vault, with the namespace at the end for agents in another
 * namespace. It holds the name of the stack, because one Vault may serve several clusters.
 */
export function vaultRoleName(namespace: string, stack: string, place = namespace): string {
  return place === namespace ? `${namespace}-${stack}` : `${namespace}-${stack}-${place}`;
}

/** Text of a Vault policy that may only read these paths of Vault's API. */
export const vaultPolicy = (paths: readonly string[]): string =>
  [...new Set(paths)]
    .sort()
    .map((path) => `path ${JSON.stringify(path)} {\n  capabilities = ["read"]\n}\n`)
    .join("\n");

/** Service account for the login of the operator to Vault, by the name of its VaultAuth. */
export const vaultAccount = (objectName: string): string => `${objectName}-vault`;

/** Path of static roles' passwords below the mount of a database engine. */
export const STATIC_CREDENTIALS = "static-creds";

/** Paths of a KV engine's secret: in Vault's API, and as `vault kv` takes it. */
export const kvPaths = ({ mount, path }: Omit<KvSource, "type">) => ({
  api: `${mount}/data/${path}`,
  kv: `${mount}/${path}`,
});

/**
 * Paths of a static role in Vault's API: its password, its definition, what rotates the password, and
 * the connection that it is a role of. Source: Vault's API documentation, database secrets engine.
 */
export const rolePaths = ({ mount, role, connection }: RoleSource) => ({
  credentials: `${mount}/${STATIC_CREDENTIALS}/${role}`,
  definition: `${mount}/static-roles/${role}`,
  rotation: `${mount}/rotate-role/${role}`,
  connection: `${mount}/config/${connection}`,
});

/** Path of Vault's API that the operator reads for a Secret. */
export const readPath = ({ source }: Pick<VaultSecret, "source">): string =>
  source.type === "kv-v2" ? kvPaths(source).api : rolePaths(source).credentials;

/** Path of Vault's API that the deployment writes for a Secret. Undefined if it writes none. */
export function writtenPath({ source, generated }: VaultSecret): string | undefined {
  if (!generated) return undefined;
  return source.type === "kv-v2" ? kvPaths(source).api : rolePaths(source).definition;
}

/** Values in Vault's answer to a read of {@link readPath}. Undefined if there are none. */
export function valuesIn(
  { source }: Pick<VaultSecret, "source">,
  answer: Record<string, unknown> | undefined,
): Partial<Record<string, string>> | undefined {
  const values = source.type === "kv-v2" ? answer?.["data"] : answer;
  return values ?? undefined;
}

/** Paths of the Secrets of one namespace, for the policy of its service account. */
export function readPaths(secrets: readonly VaultSecret[], namespace: string): string[] {
  return secrets.filter((secret) => secret.namespace === namespace).map(readPath);
}

/** A Secret that the stack writes. */
export interface WrittenSecret {
  secretName: string;
  namespace: string;
  nameSetting: SettingPath;
  keys: string[];
}

/** Key of an authority that Teleport's charts trust. Source: chart value `tls.existingCASecretName`. */
const CA_KEY = "ca.pem";

/** Keys that cert-manager writes (cert-manager's Certificate reference). */
const CERTIFICATE_KEYS = ["tls.crt", "tls.key", "ca.crt"];

/** Every Secret that cert-manager, the delivery from Vault or the agents' chart writes. */
export function writtenSecrets(settings: SecretSettings): WrittenSecret[] {
  const { certificate, namespace, agents = {} } = settings;
  const written: WrittenSecret[] = [];
  if (certificate !== undefined) {
    written.push({
      secretName: certificate.secretName,
      namespace: namespace.name,
      nameSetting: ["certificate", "secretName"],
      keys: CERTIFICATE_KEYS,
    });
  }
  for (const { keys, ...secret } of vaultSecrets(settings)) {
    written.push({ ...secret, keys: Object.keys(keys) });
  }
  for (const [release, agent] of Object.entries(agents)) {
    if (agent.join.method === "token") continue;
    written.push({
      secretName: joinSecret(release),
      namespace: agentNamespace(release, agent, settings),
      nameSetting: ["agents", release],
      keys: [JOIN_KEY],
    });
  }
  return written;
}

/** A Secret that the stack reads and does not create. */
export interface ReadSecret {
  secretName: string;
  namespace: string;
  /** Its content, for messages. */
  holds: string;
  /** Keys of the content. Empty: they differ. */
  keys: string[];
  /** True if it is no Secret of the stack, even if that has the same keys. */
  apart?: boolean;
  /** Type of a Secret that is not `Opaque`. */
  type?: string;
  /** Setting that names it. */
  setting: SettingPath;
}

type Found = Omit<ReadSecret, "namespace">;

const authority = (name: string, key: string, setting: SettingPath): Found => ({
  ...{ secretName: name, keys: [key], holds: `a certificate (${key})`, setting },
});

/** Type of a Secret with the credentials of a registry. Source: Kubernetes' documentation of Secrets. */
const DOCKER_CONFIG = "kubernetes.io/dockerconfigjson";

const pullSecrets = ({ images }: SecretSettings): Found[] =>
  (images?.pullSecrets ?? []).map((secretName) => ({
    ...{ secretName, keys: [], apart: true, type: DOCKER_CONFIG },
    holds: "credentials of a registry",
    setting: ["images", "pullSecrets"],
  }));

const variables = (at: SettingPath, { extraEnv = [] }: Variables = {}): Found[] =>
  extraEnv.flatMap(({ valueFrom }, index) => {
    const { name: secretName, key } = valueFrom?.secretKeyRef ?? {};
    if (secretName === undefined || key === undefined) return [];
    const setting = [...at, "extraEnv", index, "valueFrom", "secretKeyRef"];
    return { secretName, keys: [key], holds: `the value of a variable (${key})`, setting };
  });

/** What the pods of the plane itself read. */
function readByPlane(settings: SecretSettings): Found[] {
  const { database, certificate, teleport } = settings;
  const { credentials, caSecret } = database ?? {};
  const found: Found[] = [];
  if (certificate?.caSecretName !== undefined) {
    found.push(authority(certificate.caSecretName, CA_KEY, ["certificate", "caSecretName"]));
  }
  if (caSecret !== undefined) {
    found.push(authority(caSecret.name, caSecret.key, ["database", "caSecret", "name"]));
  }
  if (credentials?.source === "generated" && credentials.bootstrap !== undefined) {
    found.push({
      secretName: credentials.bootstrap.adminSecret,
      ...{ keys: ["username", "password"], apart: true, holds: "an administrator's credentials" },
      setting: ["database", "credentials", "bootstrap", "adminSecret"],
    });
  }
  const parts = (["auth", "proxy", "operator"] as const).flatMap((part) =>
    variables(["teleport", part], teleport?.[part]),
  );
  return [...found, ...parts, ...(teleport === undefined ? [] : pullSecrets(settings))];
}

/** What the pods of an agent read. */
function readByAgent(
  release: string,
  agent: AgentSecretSettings,
  settings: SecretSettings,
): Found[] {
  const at = (...rest: (string | number)[]) => ["agents", release, ...rest];
  const { caSecretName, databases = [] } = agent;
  const { capsule } = agent.kubernetes ?? {};
  return [
    ...(caSecretName === undefined ? [] : [authority(caSecretName, CA_KEY, at("caSecretName"))]),
    ...databases.flatMap(({ caSecret }, index) =>
      caSecret === undefined
        ? []
        : authority(caSecret.name, caSecret.key, at("databases", index, "caSecret", "name")),
    ),
    ...(capsule === undefined
      ? []
      : [authority(capsule.secretName, CAPSULE_CA_KEY, at("kubernetes", "capsule", "secretName"))]),
    ...variables(at(), agent),
    ...pullSecrets(settings),
  ];
}

/** Every Secret that a stack needs and does not create, once for each namespace. */
export function readSecrets(settings: SecretSettings): ReadSecret[] {
  const read = [
    { namespace: settings.namespace.name, found: readByPlane(settings) },
    ...Object.entries(settings.agents ?? {}).map(([release, agent]) => ({
      namespace: agentNamespace(release, agent, settings),
      found: readByAgent(release, agent, settings),
    })),
  ].flatMap(({ namespace, found }) => found.map((one) => ({ ...one, namespace })));
  const once = new Map(
    read.map((one) => [JSON.stringify([one.namespace, one.secretName, one.setting]), one]),
  );
  return [...once.values()];
}

/** The Secrets of {@link readSecrets} that other people create. */
export function foreignSecrets(settings: SecretSettings): ReadSecret[] {
  const own = new Set(
    writtenSecrets(settings).flatMap(({ namespace, secretName, keys }) =>
      keys.map((key) => `${namespace}/${secretName}/${key}`),
    ),
  );
  const isOwn = ({ namespace, secretName, keys }: ReadSecret) =>
    keys.length > 0 && keys.every((key) => own.has(`${namespace}/${secretName}/${key}`));
  return readSecrets(settings).filter((one) => !isOwn(one));
}
