import * as fs from "node:fs";
import * as path from "node:path";
import { stringify as inYaml } from "yaml";
import { planStack, type PlannedResource } from "../../operations/plan/plan-stack";
import { ROOT } from "../projects";

/** As Helm and kubectl read it: words such as `off`, which they take for a boolean, in quotes. */
const stringify = (value: unknown) => inYaml(value, { version: "1.1" });

/**
 * The files that somebody who deploys the reference plane by hand would keep: manifests, values of both
 * charts, the policy and the role of Vault. Taken from the plan, so that they stay those of the product.
 */
export async function writeFiles(folder: string): Promise<void> {
  const plan = await planStack("sandbox", { cwd: ROOT });
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  const isRelease = ({ type }: PlannedResource) => type.startsWith("kubernetes:helm.sh/");
  const manifests = (resources: readonly PlannedResource[]) =>
    resources
      .filter((one) => one.type.startsWith("kubernetes:") && !isRelease(one))
      .map(({ inputs }) => stringify(inputs))
      .join("---\n");
  const teleport = plan.findIndex(isRelease);
  write("before.yaml", manifests(plan.slice(0, teleport)));
  write("after.yaml", manifests(plan.slice(teleport)));
  for (const { name, inputs } of plan.filter(isRelease)) {
    write(`values-${name}.yaml`, stringify(inputs["values"]));
  }
  const inputs = (type: string) => plan.find((one) => one.type === type)?.inputs ?? {};
  write("policy.hcl", String(inputs("vault:index/policy:Policy")["policy"]));
  const role = inputs("vault:kubernetes/authBackendRole:AuthBackendRole");
  write(
    "role.json",
    JSON.stringify({
      audience: role["audience"],
      bound_service_account_names: role["boundServiceAccountNames"],
      bound_service_account_namespaces: role["boundServiceAccountNamespaces"],
      token_policies: role["tokenPolicies"],
      token_ttl: role["tokenTtl"],
      token_max_ttl: role["tokenMaxTtl"],
    }),
  );
}
