import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import type { PlannedResource } from "../../../operations/plan/plan-stack";
import { agentConfig, clusterConfig } from "../../../teleport/teleport-yaml";

type Mapping = Record<string, unknown>;

/** Fixed texts of the charts, which do not depend on the program's values. */
const FIXED =
  /^(teleport\.(log|auth_server)|teleport\.join_params|kubernetes_service\.(listen_addr|public_addr)|jamf_service|auth_service\.enabled)/;

/** Helm from the machine, from this checkout's sandbox, or from the sandbox's cache. */
function helm(): string | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const folder = path.join(cache, "access-plane/bin/helm");
  const versions = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const cached = versions.map((version) => path.join(folder, version, "helm"));
  return ["helm", ...cached].find((file) => spawnSync(file, ["version"]).status === 0);
}

/** Values of a release in the reviewed plan of the reference deployment. */
function values(name: string): Mapping {
  const plan = JSON.parse(
    fs.readFileSync("tests/unit/golden/prod.json", "utf8"),
  ) as PlannedResource[];
  const release = plan.find(
    ({ type, kubernetes }) => type.endsWith(":Release") && kubernetes?.name === name,
  );
  return release?.inputs["values"] as Mapping;
}

/** Contents of the stand-in chart's ConfigMaps, by name. */
function rendered(program: string, chart: string, release: string): Map<string, Mapping> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "teleport-yaml-"));
  try {
    const file = path.join(folder, "values.yaml");
    fs.writeFileSync(file, JSON.stringify(values(release)));
    const command = ["template", release, `sandbox/charts/${chart}`, "-n", "teleport", "-f", file];
    const { status, stdout, stderr } = spawnSync(program, command, {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, stderr);
    return new Map(
      parseAllDocuments(stdout).flatMap((document) => {
        const object = document.toJS() as {
          kind?: string;
          metadata: { name: string };
          data?: Record<string, string>;
        } | null;
        const text = object?.kind === "ConfigMap" ? object.data?.["teleport.yaml"] : undefined;
        return text === undefined ? [] : [[object?.metadata.name ?? "", parse(text) as Mapping]];
      }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Leaves of a mapping, by path. Lists count as leaves. */
function leaves(value: unknown, at = ""): [string, string][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, item]) => leaves(item, at === "" ? key : `${at}.${key}`))
    : [[at, JSON.stringify(value, sorted)]];
}
const sorted = (_: string, item: unknown) =>
  typeof item === "object" && item !== null && !Array.isArray(item)
    ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
    : item;
const decided = (config: Mapping | undefined) =>
  Object.fromEntries(leaves(config).filter(([at]) => !FIXED.test(at)));

describe("teleport.yaml from Helm values", () => {
  const program = helm();

  it("matches the charts' ConfigMaps", function () {
    if (program === undefined) {
      console.log("skipped: no helm on PATH or in the cache");
      this.skip();
    }
    const cluster = rendered(program, "teleport-cluster", "teleport");
    const { files } = clusterConfig(values("teleport"));
    assert.deepEqual(decided(files["auth"]), decided(cluster.get("teleport-auth")));
    assert.deepEqual(decided(files["proxy"]), decided(cluster.get("teleport-proxy")));

    const agent = rendered(program, "teleport-kube-agent", "teleport-agent");
    const { files: own } = agentConfig(values("teleport-agent"));
    assert.deepEqual(decided(own["agent"]), decided(agent.get("teleport-agent")));
  });

  it("leaves out values for pods, volumes and Services", () => {
    const { rest } = clusterConfig(values("teleport"));
    assert.deepEqual(Object.keys(rest["proxy"] as Mapping).sort(), [
      "highAvailability",
      "resources",
    ]);
    assert.ok("service" in rest && "operator" in rest);
    assert.ok(!("publicAddr" in rest) && !("authentication" in rest));
    const agent = agentConfig(values("teleport-agent"));
    assert.ok("initContainers" in agent.rest && !("apps" in agent.rest));
  });

  it("gives teleportConfig priority over the chart's values", () => {
    const { files } = clusterConfig({
      clusterName: "c.example.com",
      proxy: { teleportConfig: { proxy_service: { public_addr: ["x:443"], extra: 1 } } },
      publicAddr: ["c.example.com:443"],
    });
    const service = files["proxy"]?.["proxy_service"] as Mapping;
    assert.deepEqual(service["public_addr"], ["x:443"]);
    assert.equal(service["extra"], 1);
    assert.equal(service["enabled"], true);
  });
});
