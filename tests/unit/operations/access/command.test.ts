import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { create } from "xmlbuilder2";
import * as fc from "fast-check";
import { accessPicture } from "../../../../operations/access/picture";
import type { Context } from "../../../../operations/base/context";
import { EXIT } from "../../../../operations/base/exit-codes";
import { main } from "../../../../operations/cli/main";
import { accessOf, type AccessSettings } from "../../../../inventory/access";
import { goodSettings, type Sections } from "../../settings/fixture";

/** Runs `access-plane access` in a project of these stacks. */
async function run(
  stacks: Record<string, Sections>,
  args: string[],
  prepare: (cwd: string) => void = () => undefined,
) {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-access-"));
  const out = { stdout: "", stderr: "" };
  try {
    for (const [stack, sections] of Object.entries(stacks)) {
      const config = Object.fromEntries(
        Object.entries(sections).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
      );
      fs.writeFileSync(path.join(cwd, `Pulumi.${stack}.yaml`), stringify({ config }));
    }
    prepare(cwd);
    const context: Context = {
      cwd,
      env: {},
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
      ask: () => Promise.reject(new Error("no terminal")),
    };
    const full = args.map((arg) => arg.replace("CWD", cwd));
    const code = await main(["access", "--stack", "prod", ...full], context);
    const svg = path.join(cwd, "access.svg");
    return { code, ...out, svg: fs.existsSync(svg) ? fs.readFileSync(svg, "utf8") : undefined };
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}

const viewer = {
  spec: { options: { require_session_mfa: 1 }, allow: { app_labels: { "*": "*" } } },
};

/** The reference stack with people. */
function prod(change: (resources: Sections) => void = () => undefined): Sections {
  const sections = goodSettings();
  const resources: Sections = {
    presets: [],
    roles: { viewer },
    users: { alice: { spec: { roles: ["viewer"] } } },
  };
  change(resources);
  return { ...sections, resources };
}

describe("the access command", () => {
  it("prints a table, or the same as JSON", async () => {
    const { code, stdout } = await run({ prod: prod() }, []);
    assert.equal(code, EXIT.OK);
    assert.match(stdout, /│ user\/alice +│ 12 apps: coder,/);
    const { stdout: json } = await run({ prod: prod() }, ["--json"]);
    const model = JSON.parse(json) as { stack: string; principals: { grants: unknown[] }[] };
    assert.equal(model.stack, "prod");
    assert.equal(model.principals[0]?.grants.length, 12);
  });

  it("filters by user and resource, by name, kind or both", async () => {
    for (const args of [
      ["--who", "alice"],
      ["--who", "user/alice"],
      ["--who", "user"],
    ]) {
      const { stdout } = await run({ prod: prod() }, args);
      assert.match(stdout, /1 principal, 13 resources/, args.join(" "));
    }
    for (const args of [
      ["--what", "grafana"],
      ["--what", "app/grafana"],
    ]) {
      const { stdout } = await run({ prod: prod() }, args);
      assert.match(stdout, /app: grafana/);
      assert.doesNotMatch(stdout, /vault/);
    }
  });

  it("suggests a name for an unknown one", async () => {
    const who = await run({ prod: prod() }, ["--who", "alise"]);
    assert.equal(who.code, EXIT.USAGE);
    assert.match(who.stderr, /know no "alise": did you mean user\/alice\?/);
    for (const thing of ["app/coder", "coder", "app"]) {
      const other = await run({ prod: prod() }, ["--who", thing]);
      assert.equal(other.code, EXIT.USAGE);
      assert.ok(other.stderr.includes(`know no "${thing}": write --what ${thing}`), other.stderr);
    }
    const person = await run({ prod: prod() }, ["--what", "user/alice"]);
    assert.match(person.stderr, /no agent serves "user\/alice": write --who user\/alice/);
    const what = await run({ prod: prod() }, ["--what", "app/grafanna"]);
    assert.equal(what.code, EXIT.USAGE);
    assert.match(what.stderr, /serves "app\/grafanna": did you mean app\/grafana\?/);
    const far = await run({ prod: prod() }, ["--what", "zzzzzzzzzz"]);
    assert.match(far.stderr, /there are app\/coder, /);
    const both = await run({ prod: prod() }, ["--diff", "prod", "--who", "zzzzzzzzzz"]);
    assert.match(both.stderr, /there are user\/alice\n/);
    const can = await run({ prod: prod() }, ["--can", "pods"]);
    assert.equal(can.code, EXIT.USAGE);
    assert.match(can.stderr, /write VERB KIND/);
    for (const args of [
      ["--expect-no-danger"],
      ["--diff", "nowhere.yaml"],
      ["--diff", "prod", "--svg", "x.svg"],
    ]) {
      assert.equal((await run({ prod: prod() }, args)).code, EXIT.USAGE, args.join(" "));
    }
  });

  it("prints all problems of invalid settings", async () => {
    const { code, stderr } = await run({ prod: { ...prod(), nodePort: 1, clusterName: "" } }, []);
    assert.equal(code, EXIT.SETTINGS);
    assert.match(stderr, /nodePort/);
    assert.match(stderr, /clusterName/);
  });

  it("compares with other settings, lists dangers first, and fails on danger if asked", async () => {
    const after = prod((resources) => {
      resources["users"] = {
        alice: { spec: { roles: ["viewer"] } },
        bob: { spec: { roles: ["open"] } },
      };
      resources["roles"] = {
        viewer,
        open: { spec: { allow: { app_labels: { "*": "*" } } } },
      };
    });
    const stacks = { prod: after, before: prod() };
    const { code, stdout } = await run(stacks, ["--diff", "before", "--expect-no-danger"]);
    assert.equal(code, EXIT.CHANGES);
    assert.deepEqual(stdout.trimEnd().split("\n").slice(1), [
      "",
      '! ~ role open allows every app, including future ones ("*": "*")',
      "! + user/bob can now reach app/coder, app/openclaw, app/headlamp, app/umami, app/vault, " +
        "app/grafana, app/argocd and 5 more through role open: without MFA",
    ]);
    const same = await run({ prod: prod() }, [
      "--diff",
      "CWD/Pulumi.prod.yaml",
      "--expect-no-danger",
    ]);
    assert.equal(same.code, EXIT.OK);
    assert.match(same.stdout, /nobody's access changes/);
    const json = JSON.parse((await run(stacks, ["--diff", "before", "--json"])).stdout) as {
      changes: { dangers: string[] }[];
    };
    assert.deepEqual(
      json.changes.map(({ dangers }) => dangers),
      [["wildcard"], ["no-mfa"]],
    );
  });

  it("compares with a Git revision, and refuses other texts", async () => {
    const change = (cwd: string) => {
      const git = (...rest: string[]) =>
        execFileSync("git", ["-C", cwd, "-c", "user.name=a", "-c", "user.email=a@b.c", ...rest]);
      git("init", "--quiet", "--initial-branch", "main");
      git("-c", "commit.gpgsign=false", "commit", "--quiet", "--allow-empty", "--message", "none");
      git("branch", "without-stacks");
      git("add", "--all");
      git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "before");
      git("switch", "--quiet", "--create", "team/leaves");
      const file = path.join(cwd, "Pulumi.prod.yaml");
      fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("alice", "bob"));
    };
    const { code, stdout } = await run({ prod: prod() }, ["--diff", "main"], change);
    assert.equal(code, EXIT.OK);
    assert.match(stdout, /user\/alice can no longer reach app\/coder/);
    assert.match(stdout, /user\/bob can now reach app\/coder/);
    const added = await run({ prod: prod() }, ["--diff", "without-stacks"], change);
    assert.equal(added.code, EXIT.OK, added.stderr);
    assert.match(added.stdout, /user\/bob can now reach app\/coder/);
    const none = await run({ prod: prod() }, ["--diff", "feature/none"], change);
    assert.equal(none.code, EXIT.USAGE);
    assert.match(none.stderr, /--diff is "feature\/none", which is neither a folder .* nor a Git/);
  });

  it("reports that there is no Kubernetes cluster for a request", async () => {
    const agent: Sections = {
      kind: "agent",
      plane: { clusterName: "lumie-infra.com" },
      agents: { edge: { apps: [{ name: "wiki", uri: "http://wiki.wiki.svc.cluster.local" }] } },
    };
    const { code, stderr } = await run({ prod: agent }, ["--can", "delete pods -n dev"]);
    assert.equal(code, EXIT.USAGE);
    assert.match(stderr, /the settings declare no Kubernetes cluster, so nobody can do anything/);
  });

  it("draws a picture", async () => {
    const { svg, stderr } = await run({ prod: prod() }, ["--svg", "CWD/access.svg"]);
    assert.match(stderr, /wrote /);
    assert.match(svg ?? "", /^<svg [^>]*role="img"/);
  });
});

describe("the picture of access", () => {
  const settings = (apps: number, names: (index: number) => string): AccessSettings => ({
    agents: {
      agent: {
        apps: Array.from({ length: apps }, (_, index) => ({
          name: names(index),
          labels: { odd: String(index % 2) },
        })),
      },
    },
    resources: {
      presets: [],
      roles: { even: { version: "v8", spec: { allow: { app_labels: { odd: "0" } } } } },
      users: { "<b>&\"'": { spec: { roles: ["even"] } }, all: { spec: { roles: [] } } },
    },
  });

  it("is well-formed and contains no script, for any names", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 12 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const svg = accessPicture("a<b", accessOf(settings(names.length, (at) => names[at] ?? "")));
        // The style sheet is the only element whose text is not a label.
        const root = create(svg).root();
        assert.equal(root.node.nodeName, "svg");
        assert.doesNotMatch(svg, /<script|<b>|\son\w+=|href=/);
      }),
      { numRuns: 100 },
    );
  });

  it("shows all names of 1 to 200 apps at a readable height", () => {
    for (const count of [1, 12, 40, 41, 200]) {
      const svg = accessPicture("prod", accessOf(settings(count, (at) => `app-${at}x`)));
      for (let at = 0; at < count; at++) assert.ok(svg.includes(`app-${at}x`), `app-${at}`);
      const height = Number(/ height="(\d+)"/.exec(svg)?.[1]);
      assert.ok(height < 1800, `${count} apps are ${height} pixels high`);
    }
  });
});
