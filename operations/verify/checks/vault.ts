import { isDeepStrictEqual } from "node:util";
import {
  kvPaths,
  readPath,
  readPaths,
  rolePaths,
  settingText,
  valuesIn,
  vaultAccount,
  vaultPolicy,
  vaultRoleName,
  vaultSecrets,
  writtenPath,
  type KvSource,
  type VaultSecret,
} from "../../../inventory/secrets";
import { failed, ok, skipped, verdict, warning, type Check } from "../check";
import type { Context } from "../context";

const POLICY = "vault:index/policy:Policy";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole";

/** True if the operator reads Secrets for this stack, and so has a policy and a role. */
const hasAccess = ({ settings }: Context): boolean =>
  settings.vault.delivery === "operator" && vaultSecrets(settings).length > 0;

/** Policy and role with which the operator reads the Secrets of one namespace. */
interface Access {
  namespace: string;
  /** Name of the policy, and of the role unless the role was adopted. */
  name: string;
  policy: { path: string; owned: boolean };
  role: { path: string; owned: boolean };
}

/** Policy and role of each namespace with Secrets, and whether they are in the stack's state. */
async function access({ settings, stack }: Context): Promise<Access[]> {
  const { vault, namespace } = settings;
  const resources = (await stack?.resources()) ?? [];
  const places = [...new Set(vaultSecrets(settings).map((secret) => secret.namespace))];
  return places.map((place) => {
    const resource = place === namespace.name ? "vault-access" : `vault-access-${place}`;
    const own = (type: string) =>
      resources.find(({ type: its, urn }) => its === type && urn.endsWith(`::${resource}`));
    // Many stacks share one Vault. Adopted policies and those of earlier releases keep their names.
    const named = vaultRoleName(namespace.name, stack?.name ?? "", place);
    const name = own(POLICY)?.id ?? named;
    return {
      namespace: place,
      name,
      policy: { path: `sys/policies/acl/${name}`, owned: own(POLICY) !== undefined },
      role: {
        path: own(ROLE)?.id ?? `auth/${vault.kubernetesAuthMount}/role/${named}`,
        owned: own(ROLE) !== undefined,
      },
    };
  });
}

const same = (found: unknown, wanted: readonly string[]): boolean =>
  Array.isArray(found) && isDeepStrictEqual(found.map(String).sort(), [...wanted].sort());

/** Differences of policy and role in Vault from what this stack writes. */
async function edits(
  { settings, vault }: Context,
  { namespace, name, policy, role }: Access,
): Promise<string[]> {
  const paths = readPaths(vaultSecrets(settings), namespace);
  const [rules, login] = await Promise.all([vault.read(policy.path), vault.read(role.path)]);
  const problems: string[] = [];
  if (rules === undefined) problems.push(`${policy.path} is gone`);
  else if (String(rules["policy"]).trim() !== vaultPolicy(paths).trim()) {
    problems.push(
      `${policy.path} was edited: it must let ${paths.join(", ")} be read, and no more`,
    );
  }
  if (login === undefined) return [...problems, `${role.path} is gone`];
  const wanted: Record<string, string[]> = {
    bound_service_account_names: [vaultAccount(settings.namespace.name)],
    bound_service_account_namespaces: [namespace],
    token_policies: [name],
  };
  const other = Object.keys(wanted).filter((field) => !same(login[field], wanted[field] ?? []));
  if (login["audience"] !== settings.vault.audience) other.push("audience");
  if (other.length > 0) problems.push(`${role.path} was edited: ${other.join(", ")}`);
  return problems;
}

async function writtenPaths(context: Context): Promise<string[]> {
  const all = hasAccess(context) ? await access(context) : [];
  return [
    ...all.flatMap(({ policy, role }) => [policy.path, role.path]),
    ...vaultSecrets(context.settings).flatMap((secret) => writtenPath(secret) ?? []),
  ];
}

const has = (capabilities: readonly string[], ...wanted: string[]): boolean =>
  capabilities.includes("root") || wanted.every((name) => capabilities.includes(name));

interface Problem {
  seen: string;
  /** Commands, to be pasted. */
  remedy: string[];
}

/** Commands that ask for the value of each key. The first one creates a missing path. */
const writeKeys = (source: KvSource, keys: readonly string[], isThere: boolean): string[] =>
  keys.map(
    (key, at) => `vault kv ${isThere || at > 0 ? "patch" : "put"} ${kvPaths(source).kv} ${key}=-`,
  );

/** Problem of a Secret's source in Vault. Undefined if there is none. */
async function sourceProblem(
  { vault }: Context,
  secret: VaultSecret,
): Promise<Problem | undefined> {
  const { source } = secret;
  if (source.type === "static-role") {
    const { connection } = rolePaths(source);
    if ((await vault.read(connection)) !== undefined) return undefined;
    const seen = `${connection} (database.credentials.connection) does not exist`;
    return { seen, remedy: [`vault list ${source.mount}/config`] };
  }
  const path = readPath(secret);
  const setting = settingText(secret.setting);
  const found = await vault.read(path);
  const data = valuesIn(secret, found);
  if (data === undefined) {
    if (secret.generated) return undefined;
    const remedy = writeKeys(source, Object.values(secret.keys), false);
    return { seen: `${path} (${setting}) does not exist`, remedy };
  }
  const missing = Object.values(secret.keys).filter(
    (key) => typeof data[key] !== "string" || data[key] === "",
  );
  return missing.length === 0
    ? undefined
    : {
        seen: `${path} (${setting}) has no ${missing.join(", ")}`,
        remedy: writeKeys(source, missing, true),
      };
}

export const vaultChecks: Check<Context>[] = [
  {
    id: "vault.reachable",
    title: "Vault answers",
    before: true,
    expected: "unsealed, and the token is good for the deployment",
    remedy:
      "`vault status` says how Vault is: check vault.address or VAULT_ADDR; `vault token lookup` says whether " +
      "VAULT_TOKEN is still good",
    async run({ vault }) {
      const { sealed, initialized, version } = await vault.health();
      if (!initialized) return failed(`${vault.address} is not initialised`);
      if (sealed) {
        return failed(`${vault.address} is sealed`, {
          remedy:
            "`vault operator unseal` asks for a key; run it once for each key that Vault's threshold needs",
        });
      }
      const { policies, secondsLeft } = await vault.token();
      const seen = `version ${version}, token with ${policies.join(", ") || "no policy"}`;
      // Tokens without expiry report 0.
      return secondsLeft > 0 && secondsLeft < 900
        ? warning(`${seen}, ends in ${secondsLeft} seconds`, {
            remedy: "`vault token renew`, or log in again",
          })
        : ok(seen);
    },
  },
  {
    id: "vault.rights",
    title: "Rights in Vault",
    before: true,
    expected: "the deploying account may write the policy, the role and what the settings generate",
    remedy:
      "`vault token lookup` names the token's policies: grant one of them create, read, update and delete on the named paths",
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
    before: true,
    expected: "policy and role of this stack's name are its own, or not there yet",
    remedy:
      "another plane or somebody made them, and an update would write over them: `vault delete PATH` if nobody " +
      "uses them; otherwise rename the stack, or take them over with `bin/access-plane adopt --stack STACK`",
    needs: ["vault.reachable"],
    applies: (settings) => settings.vault.delivery === "operator",
    async run(context) {
      if (!hasAccess(context)) return ok("nothing is read from Vault");
      const all = (await access(context)).flatMap(({ policy, role }) => [policy, role]);
      const foreign = await Promise.all(
        all.map(async ({ path, owned }) =>
          owned || (await context.vault.read(path)) === undefined ? [] : [path],
        ),
      );
      const paths = foreign.flat();
      const commands = paths.map((path) => `\`vault delete ${path}\``).join(", ");
      return verdict(
        paths.map((path) => `${path} exists, and is not this stack's`),
        all.map(({ path }) => path).join(", "),
        { remedy: this.remedy.replace("`vault delete PATH`", () => commands) },
      );
    },
  },
  {
    id: "vault.access",
    title: "Policy and role in Vault as deployed",
    expected: "the operator may read the paths of each namespace, and nothing else",
    remedy: "`bin/access-plane up --stack STACK --refresh`",
    needs: ["vault.reachable", "vault.owner"],
    applies: (settings) => settings.vault.delivery === "operator",
    async run(context) {
      if (!hasAccess(context)) return ok("nothing is read from Vault");
      if (context.stack === undefined) return skipped("only the settings are known, not the stack");
      const all = (await access(context)).filter(({ policy, role }) => policy.owned && role.owned);
      if (all.length === 0) return skipped(`stack ${context.stack.name} has not made them yet`);
      const problems = await Promise.all(all.map((one) => edits(context, one)));
      return verdict(problems.flat(), all.map(({ name }) => name).join(", "));
    },
  },
  {
    id: "vault.login",
    title: "Vault's Kubernetes login",
    before: true,
    expected: "the auth mount is there and knows a Kubernetes cluster",
    remedy:
      "`vault auth enable -path=MOUNT kubernetes` where there is none; then, for a Vault in this cluster, " +
      "`vault write auth/MOUNT/config kubernetes_host=https://kubernetes.default.svc`, or for one elsewhere " +
      "`vault write auth/MOUNT/config kubernetes_host=https://HOST kubernetes_ca_cert=@FILE disable_local_ca_jwt=true`",
    needs: ["vault.reachable"],
    applies: ({ vault }) => vault.delivery === "operator",
    async run({ vault, settings }) {
      const mount = settings.vault.kubernetesAuthMount;
      const config = await vault.read(`auth/${mount}/config`);
      const host = (config?.["kubernetes_host"] as string | undefined) ?? "";
      return host === ""
        ? failed(`auth/${mount} has no configuration`, {
            remedy: this.remedy.replaceAll("MOUNT", mount),
          })
        : ok(`auth/${mount} asks ${host}`);
    },
  },
  {
    id: "vault.keys",
    title: "Paths and keys in Vault",
    before: true,
    expected: "every path that the settings name has its keys, none empty",
    remedy:
      "`vault kv patch MOUNT/PATH KEY=-` (`put` where there is no path yet) takes the value from the " +
      "terminal, ended by Ctrl-D twice and no Enter; or correct the setting",
    needs: ["vault.reachable"],
    async run(context) {
      const secrets = vaultSecrets(context.settings);
      if (secrets.length === 0) return ok("the settings name no path");
      const found = await Promise.all(secrets.map((secret) => sourceProblem(context, secret)));
      const problems = found.filter((problem) => problem !== undefined);
      const commands = problems.flatMap(({ remedy }) => remedy.map((line) => `\`${line}\``));
      const keys = secrets.reduce((sum, secret) => sum + Object.keys(secret.keys).length, 0);
      return verdict(
        problems.map(({ seen }) => seen),
        `${keys} keys at ${secrets.map(readPath).join(", ")}`,
        {
          remedy: `${commands.join(", ")}: type the value, then Ctrl-D twice (an Enter would become part of it); or correct the setting`,
        },
      );
    },
  },
];
