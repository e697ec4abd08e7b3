import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import { CHART_VERSION } from "../../teleport/versions";
import { holdPods, releasePods } from "./hold-pods";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack, type Config } from "./stack";

const NAMESPACE = "teleport";
const CHARTS = path.resolve(__dirname, "../../sandbox/charts");
const OLD = "17.7.3";
/** The agents, in the order of their names: the Pulumi CLI sorts the keys of settings. */
const [FIRST, SECOND] = ["teleport-agent", "west-agent"] as const;
const AGENTS = [FIRST, SECOND];
const DATABASES = ["teleport", "teleport_audit"];
/** Preflight checks that need the cluster's own network. */
const OUT_OF_REACH = "database,recordings,aws";

/** Upgrades a plane from one major version to the next. Each test continues from the one before. */
describe("an upgrade across majors on the sandbox", function () {
  skipAfterFailure(this);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-majors-"));
  let stack: EngineStack;
  let apps: k8s.AppsV1Api;
  let order: ReturnType<typeof watchOrder>;

  before(async function () {
    try {
      execFileSync("pg_dump", ["--version"]);
    } catch {
      this.skip(); // PostgreSQL from npm has no pg_dump.
    }
    fs.cpSync(CHARTS, folder, { recursive: true });
    for (const chart of ["teleport-cluster", "teleport-kube-agent"]) {
      const file = path.join(folder, chart, "Chart.yaml");
      const text = fs.readFileSync(file, "utf8");
      fs.writeFileSync(file, text.replace(/^((?:appV|v)ersion): .*$/gm, `$1: ${OLD}`));
    }
    stack = await EngineStack.start();
    apps = stack.kube(k8s.AppsV1Api);
    stack.change((config) => {
      delete config["access-plane:loadBalancer"];
      const { agents } = sections(config);
      agents[SECOND] = {
        insecureSkipProxyTLSVerify: true,
        apps: [{ name: "second", uri: "http://second.second.svc.cluster.local:80" }],
      };
      config["access-plane:chart"] = { path: folder, version: OLD };
    });
  });
  after(async () => {
    await (stack as EngineStack | undefined)?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const sections = (config: Config) => ({
    agents: config["access-plane:agents"] as Config,
    teleport: config["access-plane:teleport"] as Config,
  });
  const setTimeoutSeconds = (seconds: number | undefined) => {
    stack.change((config) => {
      sections(config).teleport["timeoutSeconds"] = seconds;
    });
  };
  const tag = (workload: k8s.V1Deployment | k8s.V1StatefulSet) => {
    const images = (workload.spec?.template.spec?.containers ?? []).map(({ image = "" }) => image);
    return /teleport[^:@]*:([^@]+)/.exec(images.join(" "))?.[1];
  };
  /** True if Helm considers all new pods ready. An old proxy may run for another `minReadySeconds`. */
  const isReady = ({ metadata, spec, status = {} }: k8s.V1Deployment | k8s.V1StatefulSet) => {
    const { observedGeneration, updatedReplicas, readyReplicas } = status;
    const current = observedGeneration === metadata?.generation;
    return current && updatedReplicas === spec?.replicas && readyReplicas === status.replicas;
  };
  const deployment = (name: string) =>
    apps.readNamespacedDeployment({ namespace: NAMESPACE, name });
  const agent = (name: string) => {
    const namespace = name === FIRST ? NAMESPACE : `${NAMESPACE}-${name}`;
    return apps.readNamespacedStatefulSet({ namespace, name });
  };
  /** The version of each workload, and whether all its pods run it. */
  const versions = async () => {
    const all = [
      ...(await Promise.all(["teleport-auth", "teleport-proxy"].map(deployment))),
      ...(await Promise.all(AGENTS.map(agent))),
    ];
    return Object.fromEntries(
      all.map((one) => [one.metadata?.name ?? "", [tag(one), isReady(one)] as const]),
    );
  };
  /** Collects workloads that get the new version before a workload that must be first. */
  const watchOrder = () => {
    const problems = new Set<string>();
    const stopping = new AbortController();
    const done = (part: k8s.V1Deployment | k8s.V1StatefulSet) =>
      tag(part) === CHART_VERSION && isReady(part);
    const watching = (async () => {
      while (!stopping.signal.aborted) {
        // Reads the last workload first: those before it can only have advanced in the meantime.
        const begun = tag(await agent(SECOND)) === CHART_VERSION;
        const first = await agent(FIRST);
        if (begun && !done(first)) problems.add(`${SECOND} before ${FIRST}`);
        if (tag(first) === CHART_VERSION) {
          for (const name of ["teleport-auth", "teleport-proxy"]) {
            if (!done(await deployment(name))) problems.add(`${FIRST} before ${name}`);
          }
        }
        await sleep(100);
      }
    })();
    return {
      end: async () => {
        stopping.abort();
        await watching;
        return [...problems];
      },
    };
  };
  const dumps = () =>
    DATABASES.flatMap((name) => {
      const file = path.join(folder, `${name}.dump`);
      const at = ["-h", "127.0.0.1", "-p", String(stack.ports["postgres"]), "-U", "postgres"];
      execFileSync("pg_dump", [...at, "-Fc", "--create", "-f", file, name], {
        env: { ...process.env, PGPASSWORD: stack.postgresPassword },
      });
      return ["--backup", file];
    });
  const up = (...args: string[]) => ["up", "--yes", "--skip-preflight", OUT_OF_REACH, ...args];

  it("starts with the older major version", async () => {
    await stack.up();
    for (const [name, seen] of Object.entries(await versions())) {
      assert.deepEqual(seen, [OLD, true], name);
    }
    assert.equal((await stack.outputs())["version"], OLD);
    order = watchOrder();
  });

  it("is refused if it skips a major version, or without dumps of both databases", async () => {
    const to = async (version: string, ...args: string[]) => {
      stack.change((config) => {
        config["access-plane:chart"] = { path: CHARTS, version };
      });
      const { code, output } = await stack.accessPlane(...up(...args));
      assert.equal(code, EXIT.PREFLIGHT, output);
      return output;
    };
    assert.match(await to("19.0.0"), /version\.upgrade: 17\.7\.3 runs, 19\.0\.0 is wanted/);
    const [flag = "", file = ""] = dumps();
    const missing = /version\.backup: no dump of database teleport_audit/;
    assert.match(await to(CHART_VERSION, flag, file), missing);
    assert.deepEqual((await versions())["teleport-auth"], [OLD, true]);
  });

  it("keeps its changes after a failure at the proxies, and does not change the agents", async () => {
    const label = (key: string) => `object.metadata.?labels[?'${key}']`;
    await holdPods(
      (type) => stack.kube(type),
      "proxies",
      `${label("app.kubernetes.io/component")} == optional.of('proxy') && ` +
        `!${label("batch.kubernetes.io/job-name")}.hasValue()`, // Not the pod of the chart's check.
    );
    await sleep(2000);
    setTimeoutSeconds(75);
    const { code, output } = await stack.accessPlane(...up(...dumps()));
    assert.equal(code, EXIT.FAILED, output);
    const seen = await versions();
    assert.deepEqual(seen["teleport-auth"], [CHART_VERSION, true], output);
    assert.deepEqual(seen["teleport-proxy"], [CHART_VERSION, false]);
    for (const name of AGENTS) assert.deepEqual(seen[name], [OLD, true], name);
    // The new auth servers need the new version's Service.
    const core = stack.kube(k8s.CoreV1Api);
    await core.readNamespacedService({ namespace: NAMESPACE, name: "teleport-auth-v18" });
    const [first] = (await deployment("teleport-proxy")).spec?.template.spec?.initContainers ?? [];
    const waits = ["wait", "no-resolve", "teleport-auth-v17.teleport.svc.cluster.local"];
    assert.deepEqual(first?.command?.slice(1), waits, "proxies do not wait for auth");
    assert.equal((await stack.outputs())["version"], OLD);
    await releasePods((type) => stack.kube(type), "proxies");
    setTimeoutSeconds(undefined);
  });

  it("continues, and a kill after the first agent leaves the second unchanged", async () => {
    // The label that the agents' chart gives its pods.
    const release = "object.metadata.?labels[?'app']";
    await holdPods((type) => stack.kube(type), "second", `${release} == optional.of('${SECOND}')`);
    await sleep(2000);
    await stack.killAt(until(async () => tag(await agent(SECOND)) === CHART_VERSION));
    const seen = await versions();
    for (const name of ["teleport-auth", "teleport-proxy", FIRST]) {
      assert.deepEqual(seen[name], [CHART_VERSION, true], name);
    }
    assert.deepEqual(seen[SECOND], [CHART_VERSION, false]);
    assert.equal((await stack.outputs())["version"], OLD);
    await releasePods((type) => stack.kube(type), "second");
  });

  it("is finished by the next update, one workload after another", async () => {
    // As docs/operations.md says.
    const recovered = await stack.accessPlane("recover", "--yes");
    assert.equal(recovered.code, 0, recovered.output);
    const { code, output } = await stack.accessPlane(...up(...dumps()));
    assert.equal(code, 0, output);
    for (const [name, seen] of Object.entries(await versions())) {
      assert.deepEqual(seen, [CHART_VERSION, true], name);
    }
    assert.equal((await stack.outputs())["version"], CHART_VERSION);
    assert.deepEqual(await order.end(), []);
  });

  it("restores Helm's rollback in the update after the upgrade, and restarts nothing", async () => {
    const revisions = async () =>
      Promise.all(["teleport-auth", "teleport-proxy"].map(deployment)).then((all) =>
        all.map(({ metadata }) => metadata?.annotations?.["deployment.kubernetes.io/revision"]),
      );
    const before = await revisions();
    const { code, output } = await stack.accessPlane(...up());
    assert.equal(code, 0, output);
    assert.deepEqual(await revisions(), before);
    await stack.expect(0, "preview", "--expect-no-changes");
  });
});

/** Waits until `holds` is true. Fails after three minutes. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, "the condition does not hold after three minutes");
    await sleep(100);
  }
}
