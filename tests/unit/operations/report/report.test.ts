import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { accessBetween } from "../../../../operations/report/access";
import { appLines } from "../../../../operations/report/apps";
import { withBase } from "../../../../operations/report/base";
import { comparePlans } from "../../../../operations/report/compare-plans";
import { effects } from "../../../../operations/report/effects";
import { reportMarkdown, type ReportContent } from "../../../../operations/report/markdown";
import { readPreview } from "../../../../operations/report/read-preview";
import { rollback } from "../../../../operations/report/rollback";
import { CHART_VERSION } from "../../../../teleport/versions";
import { exactly, NEXT_MAJOR, NEXT_MINOR } from "../../versions";

type Inputs = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

const base = JSON.parse(
  fs.readFileSync("tests/unit/golden/prod.json", "utf8"),
) as PlannedResource[];

/** The reviewed plan after a change of one resource's inputs. */
function changed(type: string, edit: (inputs: Inputs) => void, name?: string): PlannedResource[] {
  const plan = structuredClone(base);
  const found = plan.find(
    (resource) =>
      resource.type.endsWith(`:${type}`) && (name === undefined || resource.name === name),
  );
  assert.ok(found !== undefined, type);
  edit(found.inputs);
  return plan;
}

const without = (type: string) => base.filter((resource) => !resource.type.endsWith(`:${type}`));

function content(head: readonly PlannedResource[], from: readonly PlannedResource[] = base) {
  return {
    stack: "prod",
    comparedWith: "Compared with main.",
    access: { lines: [] },
    ...comparePlans(from, head),
  } satisfies ReportContent;
}

const report = (head: readonly PlannedResource[], from?: readonly PlannedResource[]) =>
  reportMarkdown(content(head, from));

describe("a preview of the engine", () => {
  it("is parsed if names contain the separator of URNs", () => {
    const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const urn = `urn:pulumi:prod::access-plane::${type}::load-balancer-from-::/0`;
    const { changes } = readPreview(JSON.stringify({ steps: [{ op: "create", urn }] }));
    assert.deepEqual(
      changes.map((change) => [change.type, change.name]),
      [[type, "load-balancer-from-::/0"]],
    );
  });
});

describe("the report of a change", () => {
  it("says that nothing changes", () => {
    const text = report(structuredClone(base));
    assert.match(text, /\*\*No changes\*\*; 31 resources stay as they are\./);
    assert.match(text, /Nobody gains or loses access\./);
    assert.doesNotMatch(text, /### Rollback/);
  });

  it("starts with a marker that identifies the earlier report", () => {
    assert.ok(
      report(base).startsWith("<!-- access-plane report: prod -->\n## Access plane `prod`\n"),
    );
  });

  it("shows values as the rendered teleport.yaml", () => {
    const head = changed(
      "Release",
      (inputs) => {
        inputs["values"].apps[0].uri = "http://elsewhere:80";
      },
      "teleport-agent",
    );
    const text = report(head);
    assert.match(text, /\*\*1 change\*\*: 1 updated; 30 resources stay/);
    assert.match(
      text,
      /teleport\.yaml of agent:\n\n```diff\n[^`]*\n-\s+uri: http:\/\/coder\.[^\n]*\n\+\s+uri: http:\/\/elsewhere:80\n/,
    );
    assert.doesNotMatch(text, /initContainers/, "what stays is not shown");
    assert.match(text, /cuts sessions\*\* `Release teleport\/teleport-agent`: all agent pods/);
  });

  it("distinguishes replacement and update, and warns about protected resources", () => {
    const head = changed("Namespace", (inputs) => {
      inputs["metadata"].name = "other";
    });
    const text = report(head);
    assert.match(text, /- replaced: Namespace `other` \(`metadata\.name`\): \*\*protected/);
    assert.match(text, /\*\*cuts off\*\* `Namespace other`/);
    assert.match(text, /Going back: \*\*loses something\*\*/);
  });

  it("ignores the order of keys", () => {
    const head = changed("Namespace", (inputs) => {
      const { labels, name } = inputs["metadata"];
      inputs["metadata"] = { name, labels: Object.fromEntries(Object.entries(labels).reverse()) };
    });
    assert.match(report(head), /No changes/);
  });

  it("is the same for any order of resources", () => {
    const head = without("Listener");
    assert.equal(report(head), report(head.toReversed(), base.toReversed()));
  });

  it("includes the effects of a new major version", () => {
    const head = changed("Release", (inputs) => (inputs["version"] = NEXT_MAJOR), "teleport");
    const text = report(head);
    assert.match(
      text,
      exactly(`chart ${CHART_VERSION} → ${NEXT_MAJOR}: auth, then proxies restart`),
    );
    assert.match(text, /Going back: \*\*one way\*\*/);
    const minor = changed("Release", (inputs) => (inputs["version"] = NEXT_MINOR), "teleport");
    assert.match(report(minor), /Going back: \*\*disturbs again\*\*/);
  });

  const consequences: [string, string, (inputs: Inputs) => void, RegExp, string?][] = [
    [
      "a token that allows less",
      "TeleportProvisionToken",
      (i) => Object.assign(i["spec"] as object, { roles: ["Kube"] }),
      /^notice: agents that still serve App cannot join again; those that have joined go on: deploy their stack first$/,
    ],
    [
      "more proxies",
      "Release",
      (i) => (i["values"].proxy.highAvailability.replicaCount = 5),
      /^notice: proxy: 2 → 5 pods$/,
      "teleport",
    ],
    [
      "resources of the auth pods",
      "Release",
      (i) => (i["values"].auth.resources = { limits: { memory: "1Gi" } }),
      /^restarts: auth pods restart one by one; sessions go on$/,
      "teleport",
    ],
    [
      "a proxy setting",
      "Release",
      (i) => (i["values"].proxyProtocol = "on"),
      /^disconnects: proxies restart/,
      "teleport",
    ],
    [
      "the operator",
      "Release",
      (i) => (i["values"].operator.extraArgs = []),
      /^restarts: the operator restarts/,
      "teleport",
    ],
    [
      "more agents",
      "Release",
      (i) => (i["values"].highAvailability.replicaCount = 5),
      /^$/,
      "teleport-agent",
    ],
    [
      "node port",
      "ServicePatch",
      (i) => (i["spec"].ports[0].nodePort = 31000),
      /^disconnects: node port 30443 → 31000/,
    ],
    ["target port", "TargetGroup", (i) => (i["port"] = 31000), /^disconnects: the listener moves/],
    ["certificate", "Certificate", (i) => (i["spec"].duration = "720h"), /^notice: issued again/],
    [
      "a role",
      "TeleportRoleV7",
      (i) => (i["spec"].allow.app_labels = {}),
      /^notice: applies to its holders/,
    ],
    [
      "a Vault path",
      "VaultStaticSecret",
      (i) => (i["spec"].path = "x"),
      /^restarts: when the value differs, StatefulSet teleport-agent restarts$/,
      "teleport-agent-credentials",
    ],
  ];
  for (const [what, type, edit, expected, name] of consequences) {
    it(`includes the effect of ${what} on sessions`, () => {
      const { changes } = content(changed(type, edit, name));
      assert.equal(changes.length, 1);
      const found = effects(changes).map(({ level, text }) => `${level}: ${text}`);
      assert.match(found.join("\n"), expected);
      assert.ok(found.length <= 1, found.join("\n"));
    });
  }

  it("has no rollback cost if nothing was disturbed", () => {
    const { changes } = content(base, without("Record"));
    assert.deepEqual(effects(changes), []);
    assert.equal(rollback(changes, []).cost, "free");
  });
});

describe("a report's text", () => {
  const planted = ["hvs.", "CAESIJ".repeat(6)].join("");

  it("shows no secret anywhere", () => {
    const head = changed(
      "Release",
      (inputs) => {
        inputs["values"].apps[0].rewrite = {
          headers: [`Authorization: Bearer ${planted.slice(4)}`, `X-Api-Key: abcdefgh`],
        };
        inputs["values"].apps[1].uri = `https://user:${planted}@host`;
        inputs["values"].auth = planted;
      },
      "teleport-agent",
    );
    head.push({
      ...structuredClone(base[3]!),
      step: 99,
      type: "kubernetes:core/v1:Secret",
      name: "planted",
      inputs: { stringData: { key: "short" }, metadata: { name: "planted" } },
    });
    const text = report(head);
    for (const secret of [planted, planted.slice(4), "abcdefgh", "short"]) {
      assert.ok(!text.includes(secret), secret);
    }
    assert.match(text, /Authorization: \[secret\]/);
    assert.match(text, /key: "\[secret\]"/);
  });

  it("keeps the agent's placeholders, which are no secrets", () => {
    const head = changed(
      "Release",
      (inputs) => inputs["values"].apps.splice(3, 5),
      "teleport-agent",
    );
    assert.match(report(base, head), /\+ {3,}- name: grafana/);
    const openclaw = changed("Release", (i) => i["values"].apps.splice(1, 1), "teleport-agent");
    assert.match(
      report(base, openclaw),
      /Authorization: Bearer @@openclaw\/openclaw-gateway-token@@/,
    );
  });

  it("escapes names and values", () => {
    const head = changed(
      "Release",
      (inputs) => {
        inputs["values"].apps[0].description = "```\n</details><script>";
        inputs["values"].apps[0].name = "`|<b>";
      },
      "teleport-agent",
    );
    const text = reportMarkdown({ ...content(head), warnings: ["<!-- a | `b` -->"] });
    assert.match(text, /````diff/);
    assert.match(text, /\\<!-- a \\\| \\`b\\` --\\>/);
  });

  it("fits a comment: cuts diffs before lists, with a note", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      ...structuredClone(base[8]!),
      step: 100 + index,
      name: `resource-${index}`,
    }));
    for (const [limit, note] of [
      [65_536, /diffs are left out/],
      [9_000, /more changes/],
      [600, /The report is cut here/],
    ] as const) {
      const text = reportMarkdown(content([...base, ...many]), limit);
      assert.ok(Buffer.byteLength(text) <= limit, String(Buffer.byteLength(text)));
      assert.ok(note.test(text), `no note ${String(note)}`);
      assert.match(text, /\*\*400 changes\*\*: 400 created/);
    }
  });
});

describe("a report's base", () => {
  it("gives nothing to a stack in a folder that it does not have", () => {
    assert.deepEqual(
      accessBetween("apps", "no/such/folder", "examples/apps"),
      accessBetween("apps", "examples/agent-pools", "examples/apps"),
    );
    assert.deepEqual(
      appLines("apps", "examples/apps", "no/such/folder"),
      appLines("apps", "examples/apps"),
    );
  });

  it("is a folder, or a Git revision without leftover files", async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "report-base-"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd: dir,
        encoding: "utf8",
      });
    try {
      git("init", "--quiet");
      fs.writeFileSync(path.join(dir, "Pulumi.yaml"), "name: access-plane\n");
      git("add", ".");
      git("commit", "--quiet", "-m", "first");
      fs.writeFileSync(path.join(dir, "Pulumi.yaml"), "name: changed\n");
      let tree = "";
      const seen = await withBase("HEAD", dir, ({ cwd, label }) => {
        tree = cwd;
        assert.match(label, /^HEAD \([0-9a-f]{12}\)$/);
        return Promise.resolve(fs.readFileSync(path.join(cwd, "Pulumi.yaml"), "utf8"));
      });
      assert.equal(seen, "name: access-plane\n");
      assert.ok(!fs.existsSync(tree));
      const project = path.join(dir, "stacks/team");
      fs.mkdirSync(project, { recursive: true });
      fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: access-plane\n");
      git("add", ".");
      git("commit", "--quiet", "-m", "a project in a folder");
      await withBase("HEAD", project, ({ cwd }) => {
        assert.ok(cwd.endsWith("/stacks/team"), cwd);
        for (const file of ["Pulumi.yaml", "../../Pulumi.yaml"])
          assert.ok(fs.existsSync(path.join(cwd, file)), file);
        return Promise.resolve();
      });
      await withBase(dir, dir, ({ cwd }) => {
        assert.equal(cwd, dir);
        return Promise.resolve();
      });
      await assert.rejects(
        withBase("no-such", dir, () => Promise.resolve()),
        /--base is "no-such", which is neither a folder .* nor a Git revision/,
      );
      await assert.rejects(
        withBase("--upload-pack=x", dir, () => Promise.resolve()),
        /must be a Git revision or a folder/,
      );
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });
});
