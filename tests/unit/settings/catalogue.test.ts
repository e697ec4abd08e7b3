import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseSettings } from "../../../settings/load";
import { goodSettings } from "./fixture";

const GRAFANA = "uri: http://grafana.dashboards.svc.cluster.local:80\n";

describe("an app catalogue in files", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "catalogue-"));
    fs.mkdirSync(path.join(folder, "apps/team"), { recursive: true });
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const write = (file: string, text: string) => {
    fs.writeFileSync(path.join(folder, file), text);
  };
  const load = (apps: object) => parseSettings({ ...goodSettings(), apps }, folder);
  const problems = (apps: object) =>
    load(apps).problems?.map(({ path: at, message }) => `${at} ${message}`);

  it("has one app in each file, named after it, in addition to those of the stack file", () => {
    write("apps/dashboards.yaml", GRAFANA);
    write("apps/team/wiki.yml", "uri: http://wiki\nlabels: { team: docs }\n");
    write("apps/README.md", "no app");
    const { settings, problems: found } = load({
      files: ["apps/*.yaml", "apps/**/*.{yaml,yml}"],
      entries: { chat: { uri: "http://chat" } },
    });
    assert.equal(found, undefined);
    assert.ok(settings.kind === "plane");
    assert.deepEqual(Object.keys(settings.apps.entries).sort(), ["chat", "dashboards", "wiki"]);
    assert.deepEqual(settings.apps.entries["wiki"]?.labels, { team: "docs" });
  });

  it("reports problems of all files by file name, and those of the stack file", () => {
    write("apps/a.yaml", "uri: [");
    write("apps/b.yaml", "");
    write("apps/c.yaml", "uri: nowhere\nlabel: { a: b }\n");
    write("apps/d.yaml", "uri: http://d\npublicAddress: d.elsewhere.com\n");
    write("apps/Bad_Name.yaml", GRAFANA);
    write("apps/team/c.yaml", GRAFANA);
    write("apps/headlamp.yaml", GRAFANA);
    const found = problems({
      files: ["apps/*.yaml", "apps/team/*.yaml", "aps/*.yaml", "../*.yaml"],
      entries: { headlamp: { uri: "http://headlamp2" }, e: {} },
    });
    assert.deepEqual(
      found?.map((text) => text.replace(/is no YAML: .*/, "is no YAML")),
      [
        'access-plane:apps.files[2] is "aps/*.yaml", which no file matches: did you mean apps?',
        'access-plane:apps.files[3] is "../*.yaml", and may lead outside the stack file\'s folder: name files below it.',
        "apps/Bad_Name.yaml names no app: a file is called after its app, a DNS label, such as grafana.yaml.",
        "apps/a.yaml is not valid YAML: line 1: the indentation does not fit the lines above.",
        "apps/b.yaml is empty: give it an app's settings.",
        "apps/team/c.yaml is a second app c, after apps/c.yaml: rename one.",
        "apps/headlamp.yaml is a second app headlamp, after access-plane:apps.entries.headlamp: remove one of them.",
        'apps/c.yaml: uri is "nowhere", must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address.',
        "apps/c.yaml: label is not a setting: did you mean apps/c.yaml: labels?",
        'apps/d.yaml: publicAddress is "d.elsewhere.com", which the proxy\'s certificate does not cover: use one label below lumie-infra.com, or remove it.',
        'access-plane:apps.entries.headlamp is "headlamp", as agents.teleport-agent.apps[2] is called: rename one.',
        "access-plane:apps.entries.e.uri is missing; add it: internal address, reachable from the agent's pods.",
      ],
    );
  });

  it("reports the worst files, and hides no other problems", () => {
    const levels = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name, index, all) => {
      const inner = index === 0 ? "x" : `*${all[index - 1] ?? ""}`;
      return `${name}: &${name} [${Array(10).fill(inner).join(", ")}]`;
    });
    write("apps/aliases.yaml", levels.join("\n"));
    // The parser stops below 1,000, and makes an error with a stack trace for each bracket.
    write("apps/deep.yaml", "[".repeat(2000));
    fs.symlinkSync("/nowhere", path.join(folder, "apps/link.yaml"));
    fs.mkdirSync(path.join(folder, "apps/folder.yaml"));
    write("apps/long.yaml", `uri: http://${"a".repeat(5000)}`);
    write("apps/two-lines.yaml", 'uri: http://a\ndescription: "a\\u001b[31m"');
    write("apps/lost.yaml", "uri: http://lost\nlabels: { __proto__: x }");
    write("apps/one.yaml", "uri: http://one\npublicAddress: same.lumie-infra.com");
    write("apps/two.yaml", "uri: http://two\npublicAddress: same.lumie-infra.com");
    const found = problems({ files: ["apps/*.yaml"] }) ?? [];
    const of = (file: string) => found.filter((text) => text.startsWith(`apps/${file}.yaml`));
    assert.match(
      of("aliases").join(),
      /is not valid YAML: aliases of aliases make the document too large/,
    );
    assert.ok(of("deep").length > 0 && of("deep").length <= 3);
    assert.deepEqual(of("link"), ["apps/link.yaml is not there."]);
    assert.deepEqual(of("folder"), []);
    assert.match(of("lost").join(), /^apps\/lost.yaml: labels.__proto__ is a name that nothing/);
    assert.match(of("long").join(), /must have at most 2048 characters/);
    assert.match(of("two-lines").join(), /description holds the control character U\+001B/);
    assert.deepEqual(of("two"), [
      'apps/two.yaml: publicAddress makes the host "same.lumie-infra.com", which apps/one.yaml (one) already has: change one of them.',
    ]);
  });

  it("requires an existing agent, and keys that the agent has", () => {
    const secret = { rewrite: { headers: [{ name: "Authorization", secret: { key: "wiki" } }] } };
    assert.deepEqual(
      problems({
        agents: ["teleport-agnet"],
        entries: {
          wiki: { uri: "http://wiki", agent: "teleport-agent", ...secret },
          chat: { uri: "http://chat", agent: "other" },
          forum: {
            uri: "http://forum",
            registration: "dynamic",
            agent: "teleport-agent",
            ...secret,
          },
        },
      }),
      [
        "access-plane:apps.entries.forum.registration is dynamic, but a header has the value of the secret wiki, which no sidecar of the agent adds: use auto.",
        'access-plane:apps.agents[0] is "teleport-agnet", which is not an agent of this stack: did you mean teleport-agent?',
        'access-plane:apps.entries.chat.agent is "other", which is not an agent of this stack (teleport-agent).',
        'access-plane:apps.entries.wiki.rewrite.headers[0].secret.key is "wiki", which is not in agents.teleport-agent.credentials.keys (zot-basic-auth, openclaw-gateway-token): add it there.',
        'access-plane:apps.entries.forum.rewrite.headers[0].secret.key is "wiki", which is not in agents.teleport-agent.credentials.keys (zot-basic-auth, openclaw-gateway-token): add it there.',
      ],
    );
  });

  it("has a warning if it should be split over stacks, and an error above an agent's limit", () => {
    const many = (registration: string) => ({
      registration,
      entries: Object.fromEntries(
        Array.from({ length: 9000 }, (_, index) => [
          `app-${String(index)}`,
          { uri: `http://app-${String(index)}.some-namespace.svc.cluster.local:8080` },
        ]),
      ),
    });
    const { settings, warnings } = load(many("auto"));
    assert.ok(settings);
    assert.match(
      warnings.find(({ path: at }) => at === "access-plane:apps")?.message ?? "",
      /^makes 9000 resources of this stack\. .* split them over 18 stacks of kind apps, one per team\.$/,
    );
    assert.match(
      problems(many("static"))?.join() ?? "",
      /has 9012 static apps, which make a ConfigMap of about \d+ KiB .*: share the catalogue among 2 agents/,
    );
  });
});
