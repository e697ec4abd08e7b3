import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { EXIT } from "../../../../operations/base/exit-codes";
import { buildProgram } from "../../../../operations/cli/main";
import { processContext } from "../../../../operations/base/context";
import type { CheckResult } from "../../../../operations/verify";
import { FakeEngine } from "../deploy/fake-engine";
import { goodSettings, type Sections } from "../../settings/fixture";
import { CHART_VERSION } from "../../../../teleport/versions";
import { NEXT_MINOR } from "../../versions";

const ROOT = path.resolve(__dirname, "../../../..");
const URN = "urn:pulumi:prod::access-plane::example:index:Thing::thing";
const PENDING = {
  pending_operations: [{ type: "creating", resource: { urn: URN, type: "example:index:Thing" } }],
};

/** Flags that another file tests. */
const ELSEWHERE: Record<string, readonly string[]> = {
  "tests/engine/cli.test.ts": ["--stacks", "--expect-no-changes", "--parallel", "--skip-preflight"],
  "tests/unit/operations/access/command.test.ts": [
    ...["--who", "--what", "--can", "--svg", "--diff", "--expect-no-danger"],
  ],
  "tests/unit/operations/plan/app-registrations.test.ts": ["--apps"],
  "tests/unit/operations/fleet/fleet.test.ts": [
    ...["--branch", "--repo-dir", "--backend", "--secrets-provider", "--env-secret"],
    ...["--git-secret", "--resync"],
  ],
};

const listening = async (server: http.Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** The fields of JSON output that these tests read. */
interface Result {
  stacks: { result: string }[];
  pending: { action: string }[];
  results: CheckResult[];
  stack: string;
  source: string;
  markdown: string;
  errors: string[];
  found: unknown[];
  imported: boolean;
  items: { metadata: object; spec: object }[];
}

const STACK = "pulumi:pulumi:Stack";

describe("the flags of the command line", () => {
  let engine: FakeEngine;
  const used = new Set<string>();
  before(() => {
    engine = new FakeEngine();
  });
  after(() => engine.remove());
  beforeEach(() => {
    engine.state({});
    // An address where nothing listens.
    clusterAt("http://127.0.0.1:1");
  });

  const run = (command: string, ...args: string[]) => {
    for (const flag of args) if (flag.startsWith("-")) used.add(`${command} ${flag}`);
    return engine.run([command, "--stack", "prod", ...args]);
  };
  /** Runs with `--json`. Standard output must be one document. */
  const json = async (code: number, command: string, ...args: string[]) => {
    const ended = await run(command, "--json", ...args);
    assert.equal(ended.code, code, `${ended.stdout}\n${ended.stderr}`);
    return { ...ended, result: JSON.parse(ended.stdout) as Result };
  };
  /** A stack whose cluster is at this address. */
  const clusterAt = (server: string, more: Sections = {}) => {
    const kubeconfig = engine.file(
      "kubeconfig",
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "lumie", context: { cluster: "c", user: "u" } }],
      }),
    );
    const kubernetes = { kubeconfig, context: "lumie" };
    engine.file("Pulumi.prod.yaml", engine.settings({ kubernetes, ...more }));
  };

  const REACH: Record<string, readonly string[]> = {
    preview: [],
    up: ["--yes", "--skip-preflight", "--allow", "all", "--lock-timeout", "1s", "--backup", "x"],
    destroy: ["--yes", "--allow", "all", "--lock-timeout", "1s"],
    refresh: ["--yes", "--lock-timeout", "1s"],
  };
  for (const [command, own] of Object.entries(REACH)) {
    it(`${command}: passes the engine's flags to the engine`, async () => {
      const settings = engine.file("other.yaml", engine.settings());
      const events = path.join(engine.cwd, "events.jsonl");
      const more = command === "preview" ? [] : ["--message", "why"];
      const refresh = command === "up" || command === "preview" ? ["--refresh"] : [];
      const { engine: asked, result } = await json(
        EXIT.OK,
        command,
        ...[...own, ...more, ...refresh, "--config-file", settings, "--events", events],
        ...["--otel-traces", "grpc://collector:4317", "--log-format", "json", "--deadline", "9m"],
      );
      assert.deepEqual(
        result.stacks.map((stack) => stack.result),
        ["unchanged"],
      );
      const done = asked.filter((line) => line.startsWith(command)).at(-1) ?? "";
      assert.match(done, new RegExp(`--config-file ${settings}`));
      if (more.length > 0) assert.match(done, /--message why/);
      if (refresh.length > 0) assert.match(done, /--refresh/);
      for (const line of asked) assert.match(line, /--otel-traces grpc:\/\/collector:4317$/);
      assert.equal(fs.statSync(events).mode & 0o777, 0o600);
    });
  }

  it("init and outputs: print JSON, and set the secrets provider", async () => {
    const made = await json(EXIT.OK, "init", "--secrets-provider", "hashivault://pulumi");
    assert.deepEqual(made.result, { stack: "prod", made: true });
    assert.match(made.engine.join("\n"), /init prod --no-select --secrets-provider hashivault:/);
    const { result } = await json(EXIT.OK, "outputs");
    assert.deepEqual(result, { url: "https://teleport.example.com" });
  });

  it("recover: takes away a lock in a bucket, which only the engine finds, if its process is gone", async () => {
    const root = { urn: `urn:pulumi:prod::access-plane::${STACK}::p`, type: STACK };
    const lock = (pid: number) =>
      engine.file(
        "lock",
        "error: the stack is currently locked by 1 lock(s). Either wait ...\n" +
          `  s3://b/.pulumi/locks/1.json: created by eve@${os.hostname()} (pid ${pid}) at 2026-01-02T03:04:05Z\n`,
      );
    for (const resources of [[root], []]) {
      engine.state({ resources });
      const file = lock(4_194_305);
      const { code, stderr } = await run("recover", "--yes");
      assert.equal(code, EXIT.OK, stderr);
      assert.match(stderr, /Taking away the lock: locked by eve@/);
      assert.ok(!fs.existsSync(file));
    }
    const held = lock(1);
    fs.writeFileSync(held, fs.readFileSync(held, "utf8").replace(os.hostname(), "elsewhere"));
    assert.equal((await run("recover", "--yes")).code, EXIT.LOCKED);
    assert.ok(fs.existsSync(held));
    fs.rmSync(held);
    assert.match((await run("recover", "--yes")).stdout, /^Nothing was left behind/);
  });

  it("recover: applies a person's decision, after a copy of the state", async () => {
    engine.state(PENDING);
    const shown = await json(EXIT.OK, "recover");
    assert.equal(shown.result.pending[0]?.action, "decide");
    const refused = await run("recover", "--yes");
    assert.equal(refused.code, EXIT.RECOVERY);
    assert.match(refused.stderr, /--made URN=ID, or --not-made URN/);
    assert.equal(refused.engine.filter((line) => line.startsWith("refresh")).length, 0);

    const own = fs.readFileSync(path.join(engine.cwd, "Pulumi.prod.yaml"), "utf8");
    const settings = engine.file("other.yaml", own);
    const made = await run("recover", "--yes", "--config-file", settings, "--made", `${URN}=id-1`);
    assert.equal(made.code, EXIT.OK, made.stderr);
    assert.match(made.stdout, /thing, cut off while creating: taken into the state as id-1/);
    const changes = made.engine.filter((line) => /^(stack import|refresh) /.test(line));
    assert.equal(changes.length, 2);
    assert.match(changes[0] ?? "", /^stack import --stack prod --file /);
    assert.match(changes[1] ?? "", new RegExp(`^refresh .*--config-file ${settings}`));
    const [backup = ""] = fs.readdirSync(path.join(engine.cwd, ".access-plane/backups"));
    assert.match(backup, /^prod-/);

    const not = await run("recover", "--yes", "--not-made", URN);
    assert.equal(not.code, EXIT.OK, not.stderr);
    const [forgotten = "", ...more] = not.engine.filter((line) =>
      /^(stack import|refresh)/.test(line),
    );
    assert.match(forgotten, /^refresh .*--clear-pending-creates/);
    assert.deepEqual(more, []);
    assert.equal((await run("recover", "--made", "thing")).code, EXIT.USAGE);
  });

  it("up: waits for a running update, and does not treat its operations as interrupted", async () => {
    engine.state(PENDING);
    const folder = path.join(engine.cwd, "backend/.pulumi/locks/organization/access-plane/prod");
    fs.mkdirSync(folder, { recursive: true });
    const timestamp = new Date().toISOString();
    const lock = { pid: process.pid, username: "ann", hostname: os.hostname(), timestamp };
    fs.writeFileSync(path.join(folder, "lock.json"), JSON.stringify(lock));
    const up = await engine.run(
      ["up", "--stack", "prod", "--yes", "--skip-preflight", "--lock-timeout", "0s"],
      { FAKE_BACKEND: `file://${engine.cwd}/backend` },
    );
    assert.equal(up.code, EXIT.LOCKED, up.stderr);
    assert.match(up.stdout + up.stderr, /locked by ann@/);
    assert.deepEqual(
      up.engine.filter((line) => /^(stack import|refresh|up)/.test(line)),
      [],
    );
  });

  it("verify: runs some checks, writes JUnit, and reports an unreachable cluster as a finding", async () => {
    const junit = path.join(engine.cwd, "out/verify.xml");
    engine.file("Pulumi.prod.yaml", engine.settings({ kubernetes: { context: "elsewhere" } }));
    const names = ["--before", "--only", "kubernetes,drift", "--junit", junit];
    assert.match((await run("verify", ...names)).stderr, /there is no check or group "drift"/);
    const only = ["--only", "kubernetes", "--junit", junit];
    const { result } = await json(EXIT.VERIFY, "verify", ...only);
    const [first] = result.results;
    assert.equal(first?.id, "kubernetes.reachable");
    assert.match(first.seen, /no context "elsewhere" \(kubernetes\.context\); it has/);
    assert.ok(result.results.slice(1).every(({ seen }) => seen === "see kubernetes.reachable"));
    assert.match(fs.readFileSync(junit, "utf8"), /<testcase [^>]*name="kubernetes\.reachable/);
    const skip = [
      "--skip",
      "kubernetes.rights,kubernetes.definitions,kubernetes.namespaces,kubernetes.secrets,kubernetes.nodes",
    ];
    const { result: rest } = await json(EXIT.VERIFY, "verify", ...only, ...skip);
    assert.deepEqual(
      rest.results.map(({ id }) => id),
      ["kubernetes.reachable"],
    );
    assert.match((await run("verify", "--skip", "x")).stderr, /there is no check or group "x"/);
  });

  it("verify: selects no stack", async () => {
    const { engine: asked } = await run("verify", "--only", "drift,owner.stack");
    assert.match(asked.join("\n"), /preview --refresh/);
    assert.doesNotMatch(asked.join("\n"), /select/);
  });

  it("verify --watch: prints changes until a signal", async () => {
    const answer = JSON.stringify({ major: "1", minor: "36", gitVersion: "v1.36.3" });
    let up = false;
    const server = http.createServer((_, response) => {
      response.writeHead(up ? 200 : 503, { "Content-Type": "application/json" }).end(answer);
    });
    clusterAt(await listening(server));
    const signal = setInterval(() => {
      if (up) process.emit("SIGTERM");
      up = true;
    }, 700);
    try {
      const watched = run("verify", "--watch", "0.05", "--only", "kubernetes.reachable");
      const { code, stdout } = await watched;
      assert.equal(code, EXIT.OK);
      assert.match(stdout, /✗ kubernetes\.reachable[^]*✓ kubernetes\.reachable +version v1\.36\.3/);
      assert.equal(stdout.match(/^\d{4}-.* prod$/gm)?.length, 2, stdout);
    } finally {
      clearInterval(signal);
      server.close();
    }
  });

  for (const command of ["verify", "up"]) {
    it(`${command}: refuses an invalid address, and authorities that cannot be read`, async () => {
      const address = await run(command, "--database-address", "nonsense");
      assert.equal(address.code, EXIT.USAGE);
      assert.match(address.stderr, /HOST:PORT, such as 127\.0\.0\.1:15432/);
      const file = await run(command, "--ca-file", "/no/such.pem");
      assert.equal(file.code, EXIT.USAGE);
      assert.match(file.stderr, /'\/no\/such\.pem' is invalid\. It cannot be read/);
    });
  }

  it("graph: draws a state or a preview in every format", async () => {
    const { result } = await json(EXIT.OK, "graph", "--source", "state");
    assert.equal(result.stack, "prod");
    assert.match((await run("graph", "--format", "svg")).stdout, /^<svg /);
    assert.match((await run("graph")).stdout, /```mermaid/);
    const page = path.join(engine.cwd, "out/plane.html");
    const { engine: asked } = await run("graph", "--source", "preview", "--output", page);
    assert.match(asked.join("\n"), /^preview --json --show-sames/);
    assert.match(fs.readFileSync(page, "utf8"), /^<!doctype html>/);
    assert.match((await run("graph", "--base", "main")).stderr, /--source plan/);
    assert.match(
      (await run("graph", "--source", "preview", "--verify")).stderr,
      /leave out preview/,
    );
    const { source } = (await json(EXIT.OK, "graph", "--verify")).result;
    assert.match(source, /Verified: .*kubernetes\.reachable/);
    const refused = await run("graph", "--output", path.join(page, "below.svg"));
    assert.equal(refused.code, EXIT.USAGE);
    assert.match(refused.stderr, /--output: E(NOTDIR|EXIST)/);
  });

  it("report: uses the engine with the access diff, or an earlier preview", async () => {
    const base = path.join(engine.cwd, "base");
    fs.mkdirSync(base, { recursive: true });
    fs.copyFileSync(path.join(engine.cwd, "Pulumi.yaml"), path.join(base, "Pulumi.yaml"));
    const { agents } = goodSettings() as { agents: Record<string, { apps: { name: string }[] }> };
    for (const agent of Object.values(agents)) {
      agent.apps = agent.apps.filter(({ name }) => name !== "grafana");
    }
    fs.writeFileSync(path.join(base, "Pulumi.prod.yaml"), engine.settings({ agents }));
    const output = path.join(engine.cwd, "out/report.md");
    const { result, engine: asked } = await json(
      ...([
        EXIT.OK,
        "report",
        "--engine",
        "--refresh",
        "--base",
        base,
        "--output",
        output,
      ] as const),
    );
    assert.match(asked.join("\n"), /^preview --json --show-sames .*--refresh /);
    assert.match(result.markdown, /can now reach app\/grafana/);
    assert.equal(fs.readFileSync(output, "utf8"), result.markdown);

    const failed = { steps: [], diagnostics: [{ severity: "error", message: "no such chart" }] };
    const preview = engine.file("preview.json", JSON.stringify(failed));
    const broken = await json(EXIT.FAILED, "report", "--preview", preview);
    assert.match(broken.result.errors.join(), /no such chart/);
    const garbage = await run("report", "--preview", engine.file("garbage.json", "{"));
    assert.equal(garbage.code, EXIT.USAGE);
  });

  it("adopt: reports first that the stack already owns the plane", async () => {
    const type = "kubernetes:helm.sh/v3:Release";
    const release = { urn: `urn:pulumi:prod::access-plane::${type}::teleport`, type };
    engine.state({ resources: [{ ...release, id: "teleport/teleport" }] });
    const { code, stderr, engine: asked } = await run("adopt", "--yes");
    assert.equal(code, EXIT.USAGE);
    assert.match(stderr, /stack prod owns this plane already \(release teleport\/teleport\)/);
    assert.ok(asked.every((line) => !line.startsWith("import") && !line.includes("init")));
  });

  it("adopt: writes the settings of a context, and an import list of existing objects", async () => {
    const settings = path.join(engine.cwd, "Pulumi.prod.yaml");
    const names = ["--namespace", "teleport", "--region", "eu-central-1", "--context", "elsewhere"];
    assert.match((await run("adopt", "--write-settings")).stderr, /Pulumi\.prod\.yaml exists/);
    fs.rmSync(settings);
    const { code, stderr } = await run("adopt", "--write-settings", ...names);
    assert.equal(code, EXIT.ENVIRONMENT);
    assert.match(stderr, /the kubeconfig has no context "elsewhere"/);
    assert.ok(!fs.existsSync(settings));

    // A cluster without a plane: its lists are empty, and no object is found.
    const server = http.createServer(({ url = "" }, response) => {
      const status = /\/(customresourcedefinitions|secrets)(\?|$)/.test(url) ? 200 : 404;
      response.writeHead(status, { "Content-Type": "application/json" }).end('{"items":[]}');
    });
    clusterAt(await listening(server), { aws: undefined, loadBalancer: undefined });
    const file = path.join(engine.cwd, "out/import.json");
    try {
      const { result, engine: asked } = await json(
        EXIT.PREFLIGHT,
        "adopt",
        ...["--yes", "--import-file", file],
      );
      assert.deepEqual([result.found, result.imported], [[], false]);
      assert.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), { resources: [] });
      assert.ok(asked.every((line) => !line.startsWith("import")));
    } finally {
      server.close();
    }
  });

  it("--cwd: must be a project; --color: works without a terminal", async () => {
    const { code, stderr } = await engine.run(["--cwd", "/no/such", "plan", "-s", "prod"]);
    assert.equal(code, EXIT.USAGE);
    assert.match(stderr, /--cwd: \/no\/such has no Pulumi\.yaml/);
    const plain = await engine.run(["-C", engine.cwd, "verify", "-s", "prod", "--only", "quota"]);
    assert.doesNotMatch(plain.stdout, /\u001b/);
    const coloured = ["--color", "verify", "-s", "prod", "--only", "quota"];
    assert.match((await engine.run(coloured)).stdout, /\u001b\[/);
    const bare = await engine.run(["--no-color", ...coloured.slice(1)], { NO_COLOR: "" });
    assert.doesNotMatch(bare.stdout, /\u001b/);
  });

  it("--json: every command prints one document, also on errors", async () => {
    const { commands } = await buildProgram(processContext());
    for (const command of commands) {
      const name = command.name();
      used.add(`${name} --json`);
      const wrong = [name, "--json", ...(name === "fleet" ? ["--repo", "x", "--branch", "b"] : [])];
      for (const args of [wrong, [...wrong, "--stack", "nope"], [...wrong, "--no-such-flag"]]) {
        const { code, stdout } = await engine.run(args);
        assert.equal(code, EXIT.USAGE, args.join(" "));
        const { error } = JSON.parse(stdout) as { error: { reason: string; message: string } };
        assert.equal(error.reason, "USAGE");
        assert.ok(error.message.length > 10, args.join(" "));
      }
    }
    const { result } = await json(
      EXIT.OK,
      "fleet",
      ...["--repo", "https://example.com/p", "--commit", "abc"],
      ...["--organization", "acme", "--namespace", "stacks", "--service-account", "deployer"],
    );
    const [{ metadata, spec } = { metadata: {}, spec: {} }] = result.items;
    assert.deepEqual(metadata, { name: "access-plane-prod", namespace: "stacks" });
    assert.match(JSON.stringify(spec), /"acme\/access-plane\/prod".*"abc".*"deployer"/);
    assert.ok((await json(EXIT.OK, "access")).result);
    const plan = await engine.run(["--cwd", ROOT, "plan", "--stack", "prod", "--json"]);
    assert.ok((JSON.parse(plan.stdout) as unknown[]).length > 20);
  });

  it("plan --all: lists every resource", async () => {
    used.add("plan --all");
    const { stdout } = await engine.run(["-C", ROOT, "plan", "--stack", "prod", "--all"]);
    for (const name of ["dns-apex", "dns-wildcard", "teleport/kube-admin"]) {
      assert.match(stdout, new RegExp(name));
    }
  });

  it("upgrade-check --charts: compares the charts of a folder with the stack's own", async function () {
    this.timeout(90_000); // It runs the program twice.
    used.add("upgrade-check --charts").add("upgrade-check --json").add("upgrade-check --notes");
    const charts = path.join(engine.cwd, "charts");
    fs.cpSync(path.join(ROOT, "sandbox/charts"), charts, { recursive: true });
    for (const name of ["teleport-cluster", "teleport-kube-agent"]) {
      const file = path.join(charts, name, "Chart.yaml");
      const text = fs.readFileSync(file, "utf8");
      fs.writeFileSync(file, text.replaceAll(CHART_VERSION, NEXT_MINOR));
    }
    const notes = path.join(charts, "CHANGELOG.md");
    fs.writeFileSync(
      notes,
      `## ${NEXT_MINOR}\n\n### Breaking changes\n\n* \`second_factors\` change.\n`,
    );
    const check = (...more: string[]) =>
      engine.run([
        ...["-C", ROOT, "upgrade-check", NEXT_MINOR, "-s", "sandbox", "--notes", notes],
        ...more,
      ]);
    const { stdout, code } = await check("--charts", charts);
    assert.equal(code, EXIT.OK, stdout);
    assert.match(
      stdout,
      /^Behaves differently:\n {2}release notes of .*second_factors.*\(names secondFactors, which this stack sets\)/,
    );
    assert.match(stdout, /^Notes:\n {2}teleport-cluster: .* → .*/m);
    assert.ok(stdout.includes(CHART_VERSION) && stdout.includes(NEXT_MINOR), stdout);
    const crds = path.join(charts, "teleport-cluster/crd-files");
    fs.rmSync(path.join(crds, "teleportprovisiontokens.yaml"));
    const broken = await check("--charts", charts, "--json");
    assert.equal(broken.code, EXIT.PREFLIGHT);
    const { findings } = JSON.parse(broken.stdout) as { findings: { text: string }[] };
    assert.match(findings[0]?.text ?? "", /^kind TeleportProvisionToken is gone; teleport-agent/);
    assert.match((await check()).stderr, /name the other's source with --charts/);
  });

  it("every flag in --help has a test", async () => {
    for (const [file, flags] of Object.entries(ELSEWHERE)) {
      const text = fs.readFileSync(path.join(ROOT, file), "utf8");
      for (const flag of flags) assert.ok(text.includes(`"${flag}"`), `${file} has no ${flag}`);
    }
    const elsewhere = Object.values(ELSEWHERE).flat();
    const { commands } = await buildProgram(processContext());
    const missing = commands.flatMap((command) =>
      command.options
        .map(({ long }) => long ?? "")
        .filter((flag) => !["--stack", ...elsewhere].includes(flag))
        .filter((flag) => !used.has(`${command.name()} ${flag}`))
        .map((flag) => `${command.name()} ${flag}`),
    );
    assert.deepEqual(missing, []);
  });
});
