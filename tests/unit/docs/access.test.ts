import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { planStack, type PlannedResource } from "../../../operations/plan/plan-stack";
import { parseSettings } from "../../../settings/parse";
import { accessInput } from "../../../inventory/access";
import { expandAll } from "../../../teleport/access/traits";
import { documentedSetups, overlay, type Config } from "./access-setups";

/** The sandbox's plane without what access does not need, and with a public certificate. */
function minimalPlane(): Config {
  const { config } = parse(fs.readFileSync("Pulumi.sandbox.yaml", "utf8")) as { config: Config };
  delete (config["access-plane:certificate"] as Config)["caSecretName"];
  return Object.fromEntries(
    Object.entries(config).filter(([key]) => !/:(aws|loadBalancer)$/.test(key)),
  );
}

describe("docs/access.md", () => {
  const setups = documentedSetups();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-docs-"));
  after(() => fs.rmSync(directory, { recursive: true, force: true }));

  const parsed = (title: string) => {
    const config = overlay(minimalPlane(), setups.get(title) ?? assert.fail(title));
    const sections = Object.entries(config)
      .filter(([key]) => key.startsWith("access-plane:"))
      .map(([key, value]) => [key.replace("access-plane:", ""), value]);
    return parseSettings(Object.fromEntries(sections) as Config);
  };

  it("has four examples", () =>
    assert.deepEqual(
      [...setups.keys()],
      [
        "A small team with GitHub",
        "An enterprise with OIDC and access lists",
        "Tenants of Capsule",
        "Pipelines",
      ],
    ));

  for (const [title, setup] of setups) {
    it(`has valid settings: ${title}`, () => {
      const { problems = [], warnings } = parsed(title);
      assert.deepEqual(problems, []);
      // Findings about what the reference plane must do by its contract.
      const known = /\.(insecureSkipProxyTLSVerify|secretHeaders|teleport-agent\.namespace)$/;
      assert.deepEqual(
        warnings.filter(({ path: at }) => !known.test(at)),
        [],
      );
    });

    it(`results in the described plan: ${title}`, async () => {
      const configFile = path.join(directory, "Pulumi.docs.yaml");
      fs.writeFileSync(configFile, stringify({ config: overlay(minimalPlane(), setup) }));
      const plan = await planStack("docs", { configFile });
      const specs = (resource: PlannedResource) => resource.inputs["spec"] as Config;
      const resources = setup["access-plane:resources"] as Record<string, Config>;
      for (const [collection, declared] of Object.entries(resources)) {
        if (collection === "presets") continue;
        for (const name of Object.keys(declared)) {
          const found = plan.filter(
            ({ type, kubernetes }) =>
              type.includes("resources.teleport.dev/") && kubernetes?.name === name,
          );
          assert.notEqual(found.length, 0, `${collection} ${name}`);
          assert.ok(found.every((resource) => Object.keys(specs(resource)).length > 0));
        }
      }
    }).timeout(60_000);
  }

  it("gives a Capsule tenant the values of Capsule's own guide", () => {
    const { settings } = parsed("Tenants of Capsule");
    assert.ok(settings?.kind === "plane");
    const { roles, principals } = accessInput(settings);
    const { allow } = roles.get("kube-access")!;
    const { traits } = principals.find(({ name }) => name === "alice")!;
    assert.deepEqual(expandAll(allow.kubernetesGroups, traits).values, ["tenant-oil"]);
    assert.deepEqual(expandAll(allow.kubernetesUsers, traits).values, ["alice"]);
    assert.deepEqual(allow.labels.kubernetes.labels, { capsule: ["true"] });
    assert.deepEqual(allow.kubernetesResources, [
      { kind: "*", apiGroup: "*", namespace: "*", name: "*", verbs: ["*"] },
    ]);
  });
});
