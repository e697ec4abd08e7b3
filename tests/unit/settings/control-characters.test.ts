import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Texts with line ends or control characters, by the place that refuses them. */

const problemsOf = (change: (s: Sections) => void): string[] => {
  const settings = goodSettings();
  change(settings);
  const { problems = [] } = parseSettings(settings);
  return problems.map(({ path, message }) => `${path.replace("access-plane:", "")} ${message}`);
};

const ONE_LINE = "must be one line without control characters";
const AGENT = "agents.teleport-agent";

/** Settings whose text is one line: their path, and a function that writes them. */
const LINES: [string, (s: Sections, text: string) => void][] = [
  [`${AGENT}.apps[0].labels.team`, (s, text) => (app(s).labels = { team: text })],
  [`${AGENT}.apps[0].description`, (s, text) => (app(s).description = text)],
  [
    `${AGENT}.apps[0].cors.allowedOrigins[0]`,
    (s, text) => (app(s).cors = { allowedOrigins: [`https://${text}`] }),
  ],
  [
    `${AGENT}.apps[0].cors.exposedHeaders[0]`,
    (s, text) => (app(s).cors = { exposedHeaders: [text] }),
  ],
  ["apps.entries.wiki.labels.team", (s, text) => (s.apps = entry({ labels: { team: text } }))],
  [
    "apps.entries.wiki.cors.allowedMethods[0]",
    (s, text) => (s.apps = entry({ cors: { allowedMethods: [text] } })),
  ],
  [
    "resources.apps.wiki.labels.team",
    (s, text) => (s.resources = declared({ uri: "http://wiki:80" }, { team: text })),
  ],
  [
    "resources.apps.wiki.spec.cors.allowed_headers[0]",
    (s, text) =>
      (s.resources = declared({ uri: "http://wiki:80", cors: { allowed_headers: [text] } })),
  ],
  [
    "resources.apps.wiki.spec.mcp.command",
    (s, text) => (s.resources = declared({ mcp: { command: text, run_as_host_user: "mcp" } })),
  ],
  [
    `${AGENT}.databases[0].labels.team`,
    (s, text) =>
      (s.agents["teleport-agent"].databases = [
        { name: "db", protocol: "postgres", uri: "db.data.svc:5432", labels: { team: text } },
      ]),
  ],
];

const app = (s: Sections) => s.agents["teleport-agent"].apps[0];
const entry = (more: object) => ({ entries: { wiki: { uri: "http://wiki.tools:80", ...more } } });
const declared = (spec: object, labels: object = {}) => ({
  apps: { wiki: { spec, labels: { "access-plane/agent": "teleport-agent", ...labels } } },
});

describe("control characters in settings", () => {
  for (const [path, write] of LINES) {
    it(`are refused in ${path}`, () => {
      const [broken, ...more] = problemsOf((s) => write(s, "one\ntwo"));
      assert.match(broken ?? "accepted", new RegExp(ONE_LINE));
      assert.equal(broken?.startsWith(`${path} `), true, broken);
      assert.deepEqual(more, []);
      assert.deepEqual(
        problemsOf((s) => write(s, "one\u001b[2Jtwo")),
        [`${path} holds the control character U+001B: remove it.`],
      );
      assert.deepEqual(
        problemsOf((s) => write(s, "one")),
        [],
      );
    });
  }

  it("are refused in keys, while values may have several lines", () => {
    assert.deepEqual(
      problemsOf((s) => (app(s).labels = { "a\u0007b": "x" })),
      [`${AGENT}.apps[0].labels["a\\u0007b"] is a key with a control character: rename it.`],
    );
    assert.deepEqual(
      problemsOf(
        (s) => (s.agents["teleport-agent"].values = { annotations: { pod: { note: "a\n\tb" } } }),
      ),
      [],
    );
  });
});
