import { get, getText, list } from "../../teleport/values";
import { objectPlace, shortType } from "../base/urn";
import type { KubeReader } from "../clients/kubernetes";
import type { VaultReader } from "../clients/vault";
import type { Wanted } from "./find-ids";

/** Policy that every token has by default. */
const EVERYBODYS = "default";

/** Vault role and policy that an existing plane reads its Secrets with. */
interface VaultNames {
  roleName: string;
  /** Undefined if the role has several policies, because they may belong to others. */
  policy?: string;
}

/**
 * Names of the role and policy of an existing VaultAuth. Undefined if the role serves others too, because
 * an import would take it over from them.
 */
async function namesOf(
  { type, inputs }: Wanted,
  kubernetes: KubeReader,
  vault: VaultReader,
): Promise<VaultNames | undefined> {
  const { name = "", namespace = "" } = objectPlace(type, inputs) ?? {};
  const [apiVersion, kind] = [getText(inputs, "apiVersion"), getText(inputs, "kind")];
  const running = await kubernetes.get(apiVersion, kind, name, namespace);
  const roleName = getText(running, "spec", "kubernetes", "role");
  const mount = getText(running, "spec", "mount");
  if (roleName === "" || mount !== getText(inputs, "spec", "mount")) return undefined;
  const role = await vault.read(`auth/${mount}/role/${roleName}`);
  const accounts = list(get(role, "bound_service_account_names"));
  const namespaces = list(get(role, "bound_service_account_namespaces"));
  const account = getText(running, "spec", "kubernetes", "serviceAccount");
  const isOwn = [...accounts, ...namespaces].join("/") === `${account}/${namespace}`;
  if (!isOwn) return undefined;
  const policies = list(get(role, "token_policies")).filter((policy) => policy !== EVERYBODYS);
  return { roleName, policy: policies.length === 1 ? String(policies[0]) : undefined };
}

/**
 * The program's resources, with the role and policy in Vault under their existing names. New planes name
 * them after the stack; imported ones keep their names.
 */
export async function withVaultNames(
  wanted: readonly Wanted[],
  kubernetes: KubeReader,
  vault: VaultReader,
): Promise<Wanted[]> {
  const auths = wanted.filter(({ type }) => shortType(type) === "VaultAuth");
  const names = new Map(
    await Promise.all(
      auths.map(async (auth) => [auth.name, await namesOf(auth, kubernetes, vault)] as const),
    ),
  );
  return wanted.map((resource) => {
    const { type, name, inputs } = resource;
    const found = names.get(name);
    if (found === undefined) return resource;
    const { roleName, policy = inputs["name"] } = found;
    switch (type) {
      case "vault:kubernetes/authBackendRole:AuthBackendRole":
        return { ...resource, inputs: { ...inputs, roleName } };
      case "vault:index/policy:Policy":
        return { ...resource, inputs: { ...inputs, name: policy } };
      default:
        return resource;
    }
  });
}
