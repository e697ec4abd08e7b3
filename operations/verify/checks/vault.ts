import {
  readPath,
  settingText,
  vaultRoleName,
  vaultSecrets,
  type VaultSecret,
} from "../../../inventory/secrets";
import { failed, ok, verdict, warning, type Check } from "../check";
import type { Context } from "../context";

const POLICY = "vault:index/policy:Policy";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole";

/** Whether the operator reads anything for this stack, by a policy and a role of its own. */
const hasAccess = ({ settings }: Context): boolean =>
  settings.vault.delivery === "operator" && vaultSecrets(settings).length > 0;

/** API paths of policy and role, and whether the stack has each of them in its state. */
async function access({ settings, stack }: Context) {
  const { vault, namespace } = settings;
  const resources = (await stack?.resources()) ?? [];
  const own = (type: string) =>
    resources.find((resource) => resource.type === type && /::vault-access$/.test(resource.urn));
  // Many stacks share one Vault; those of earlier releases keep the name of their namespace alone.
  const name = own(POLICY)?.id ?? vaultRoleName(namespace.name, stack?.name ?? "");
  return [
    { path: `sys/policies/acl/${name}`, owned: own(POLICY) !== undefined },
    { path: `auth/${vault.kubernetesAuthMount}/role/${name}`, owned: own(ROLE) !== undefined },
  ];
}

/** Paths the program writes with Vault's provider. */
async function writtenPaths(context: Context): Promise<string[]> {
  const { settings } = context;
  const { vault } = settings;
  const paths = hasAccess(context) ? (await access(context)).map(({ path }) => path) : [];
  if (settings.kind !== "plane") return paths;
  const { credentials } = settings.database;
  return [
    ...paths,
    ...(credentials.source === "generated" ? [`${vault.kvMount}/data/${credentials.path}`] : []),
    ...(credentials.source === "static-role"
      ? [`${credentials.mount}/static-roles/${credentials.role}`]
      : []),
  ];
}

const has = (capabilities: readonly string[], ...wanted: string[]): boolean =>
  capabilities.includes("root") || wanted.every((name) => capabilities.includes(name));

/** What is wrong with one Secret's source in Vault; undefined when it is whole. */
async function sourceProblem(
  { vault, settings }: Context,
  secret: VaultSecret,
): Promise<string | undefined> {
  if (secret.source.type === "static-role") {
    if (settings.kind !== "plane") return undefined;
    const { credentials } = settings.database;
    if (credentials.source !== "static-role") return undefined;
    const connection = `${credentials.mount}/config/${credentials.connection}`;
    return (await vault.read(connection)) === undefined
      ? `${connection} (database.credentials.connection) does not exist`
      : undefined;
  }
  const path = readPath(secret);
  const setting = settingText(secret.setting);
  const found = await vault.read(path);
  const data = found?.["data"] as Record<string, unknown> | null | undefined;
  if (data === undefined || data === null) {
    return secret.generated ? undefined : `${path} (${setting}) does not exist`;
  }
  const missing = Object.values(secret.keys).filter(
    (key) => typeof data[key] !== "string" || data[key] === "",
  );
  return missing.length === 0 ? undefined : `${path} (${setting}) has no ${missing.join(", ")}`;
}

export const vaultChecks: Check<Context>[] = [
  {
    id: "vault.reachable",
    title: "Vault answers",
    phase: "before",
    expected: "unsealed, and the token is good for the deployment",
    remedy: "check vault.address or VAULT_ADDR, unseal Vault, log in again (VAULT_TOKEN)",
    async run({ vault }) {
      const { sealed, initialized, version } = await vault.health();
      if (!initialized) return failed(`${vault.address} is not initialised`);
      if (sealed) return failed(`${vault.address} is sealed`);
      const { policies, secondsLeft } = await vault.token();
      const seen = `version ${version}, token with ${policies.join(", ") || "no policy"}`;
      // Tokens that never end say 0.
      return secondsLeft > 0 && secondsLeft < 900
        ? warning(`${seen}, ends in ${secondsLeft} seconds`, { remedy: "log in again" })
        : ok(seen);
    },
  },
  {
    id: "vault.rights",
    title: "Rights in Vault",
    phase: "before",
    expected: "whoever deploys may write the policy, the role and what the settings generate",
    remedy: "grant the token's policy create, read, update and delete on the named paths",
    needs: ["vault.reachable"],
    async run(context) {
      const { vault } = context;
      const paths = await writtenPaths(context);
      if (paths.length === 0) return ok("nothing is written to Vault");
      const capabilities = await vault.capabilities(paths);
      const refused = paths.filter(
        (path) => !has(capabilities[path] ?? [], "create", "update", "read", "delete"),
      );
      return verdict(
        refused.map((path) => `${path}: ${capabilities[path]?.join(", ") || "deny"}`),
        paths.join(", "),
      );
    },
  },
  {
    id: "vault.owner",
    title: "Policy and role in Vault",
    phase: "before",
    expected: "policy and role of this stack's name are its own, or not there yet",
    remedy:
      "another plane or somebody made them, and an update would write over them: delete them if nobody " +
      "uses them, import them into the stack, or rename the stack",
    needs: ["vault.reachable"],
    applies: (settings) => settings.vault.delivery === "operator",
    async run(context) {
      if (!hasAccess(context)) return ok("nothing is read from Vault");
      const all = await access(context);
      const foreign = await Promise.all(
        all.map(async ({ path, owned }) =>
          owned || (await context.vault.read(path)) === undefined
            ? []
            : [`${path} exists, and is not this stack's`],
        ),
      );
      return verdict(foreign.flat(), all.map(({ path }) => path).join(", "));
    },
  },
  {
    id: "vault.login",
    title: "Vault's Kubernetes login",
    phase: "before",
    expected: "the auth mount is there and knows a Kubernetes cluster",
    remedy: "enable and configure the auth method at vault.kubernetesAuthMount",
    needs: ["vault.reachable"],
    applies: ({ vault }) => vault.delivery === "operator",
    async run({ vault, settings }) {
      const mount = settings.vault.kubernetesAuthMount;
      const config = await vault.read(`auth/${mount}/config`);
      const host = (config?.["kubernetes_host"] as string | undefined) ?? "";
      return host === ""
        ? failed(`auth/${mount} has no configuration`)
        : ok(`auth/${mount} asks ${host}`);
    },
  },
  {
    id: "vault.keys",
    title: "Paths and keys in Vault",
    phase: "before",
    expected: "every path that the settings name has its keys, none empty",
    remedy: "write what is missing with `vault kv patch`, or correct the setting",
    needs: ["vault.reachable"],
    async run(context) {
      const secrets = vaultSecrets(context.settings);
      if (secrets.length === 0) return ok("the settings name no path");
      const problems = await Promise.all(secrets.map((secret) => sourceProblem(context, secret)));
      const keys = secrets.reduce((sum, secret) => sum + Object.keys(secret.keys).length, 0);
      return verdict(
        problems.filter((problem) => problem !== undefined),
        `${keys} keys at ${secrets.map(readPath).join(", ")}`,
      );
    },
  },
];
