import * as assert from "node:assert/strict";
import { checkConfig } from "../../../settings/load";
import { NoStackDocument, readStackDocument } from "../../../settings/stack-document";
import { CHART_VERSION } from "../../../teleport/versions";

const lines = (text: string) =>
  (checkConfig(readStackDocument(text)).problems ?? [])
    .map(({ path, message }) => `${path.replace("access-plane:", "")} ${message}`)
    .filter((line) => !/^(certificate|database|teleport\.sessionRecordings|plane) /.test(line));

const stack = (settings: string) => `config:\n  access-plane:clusterName: example.com\n${settings}`;

describe("a stack file", () => {
  it("returns texts for texts and numbers, and JSON for other values, like the engine", () => {
    const { config, secretKeys } = readStackDocument(
      [
        "config:",
        "  a:text: x",
        "  a:number: 030443",
        "  a:float: 1.50",
        "  a:flag: True",
        "  a:empty:",
        "  a:since: 2024-01-01",
        "  a:config:long: x",
        "  short: y",
        "  a:map: { n: 1.0, big: 12345678901234567890, l: [~] }",
        "  a:secret: { secure: v1:abc }",
        "  a:deep: { x: [{ secure: v1:abc }] }",
      ].join("\n"),
      "project",
    );
    assert.deepEqual(
      { ...config },
      {
        "a:text": "x",
        "a:number": "12579",
        "a:float": "1.5",
        "a:flag": "true",
        "a:empty": "",
        "a:since": "2024-01-01 00:00:00 +0000 UTC",
        "a:long": "x",
        "project:short": "y",
        "a:map": '{"n":1,"big":12345678901234567890,"l":[null]}',
        "a:secret": '{"secure":"v1:abc"}',
        "a:deep": '{"x":[{"secure":"v1:abc"}]}',
      },
    );
    assert.deepEqual([...secretKeys], ["a:secret", "a:deep"]);
  });

  for (const [title, text, message] of [
    ["a list", "- config\n", "is a list, must be a mapping with the key config."],
    ["a text", "config\n", "is text, must be a mapping with the key config."],
    ["a list as config", "config:\n  - a:b: 1\n", "has a list as config, which must be"],
    ["a text as config", "config: hunter2\n", "has text as config, which must be"],
    ["invalid YAML", "config:\n  a: [\n", "is not valid YAML: line"],
    [
      "indented by tabs, with one problem",
      `config:\n${"\ta: 1\n".repeat(50)}`,
      "is not valid YAML: line 2: a tab indents a line, where YAML takes spaces only.",
    ],
  ] as const) {
    it(`is not ${title}`, () => {
      assert.throws(
        () => readStackDocument(text),
        (error: Error) =>
          error instanceof NoStackDocument &&
          error.message.startsWith(message) &&
          !error.message.includes("hunter2"),
      );
    });
  }

  for (const [title, settings, expected] of [
    [
      "an octal number",
      "  access-plane:nodePort: 030443\n",
      "nodePort is 030443, which YAML reads as 12579, must be a node port, 30000-32767.",
    ],
    [
      "a number without its zero",
      "  access-plane:aws: {region: eu-central-1, tags: {account: 012345678901}}\n",
      'aws.tags.account is 012345678901 (a number), must be text; put it in quotes: "012345678901".',
    ],
    [
      "a version without its zero",
      "  access-plane:aws: {region: eu-central-1, tags: {version: 1.10}}\n",
      'aws.tags.version is 1.10 (a fraction), must be text; put it in quotes: "1.10".',
    ],
    [
      "a chart's version",
      "  access-plane:chart: {version: 1.10}\n",
      `chart.version is 1.10 (a fraction), must be an exact version such as ${CHART_VERSION}.`,
    ],
    [
      "a duration without its unit",
      "  access-plane:vault: {refreshAfter: 60}\n",
      'vault.refreshAfter is 60 (a number), must be a Go duration such as "30m" or "720h"; add the unit: "60s".',
    ],
    [
      "a quoted duration without its unit",
      '  access-plane:vault: {refreshAfter: "60"}\n',
      'vault.refreshAfter is "60", must be a Go duration such as "30m" or "720h"; add the unit: "60s".',
    ],
    [
      "a value that is not a number",
      "  access-plane:nodePort: .nan\n",
      "nodePort is .nan, which is not a number.",
    ],
    [
      "an infinite number",
      "  access-plane:teleport: {auth: {replicas: -.Inf}}\n",
      "teleport.auth.replicas is -.Inf, which is not a number.",
    ],
    [
      "an encrypted setting",
      "  access-plane:vault: {secure: v1:abc}\n",
      "vault is encrypted, and settings end up in plain objects: remove the secret, keep it in Vault, and name its path here.",
    ],
    ["an invalid key", "  a:b:c: 1\n", "a:b:c is not a key of Pulumi: write NAMESPACE:NAME."],
    [
      "a key that is set twice",
      "  access-plane:nodePort: 30443\n  nodePort: 30444\n",
      "nodePort is set twice, with and without its namespace.",
    ],
  ] as const) {
    it(`explains ${title} by the source text`, () => {
      assert.deepEqual(lines(stack(settings)), [expected]);
    });
  }
});
