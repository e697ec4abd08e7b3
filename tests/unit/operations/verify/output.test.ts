import * as assert from "node:assert/strict";
import { create } from "xmlbuilder2";
import type { CheckResult, State } from "../../../../operations/verify/check";
import { junit } from "../../../../operations/verify/output/junit";
import { summary, table } from "../../../../operations/verify/output/table";

const result = (id: string, state: State, seen = "seen"): CheckResult => ({
  id,
  group: id.split(".")[0] ?? "",
  title: `Title of ${id}`,
  state,
  seen,
  expected: "what should be",
  remedy: "what to do",
  milliseconds: 1500,
});

const RESULTS = [
  result("vault.keys", "ok"),
  result("dns.records", "skipped"),
  result("dns.resolution", "failed", "points to 192.0.2.7"),
  result("proxy.ping", "warning"),
];

describe("output of verify", () => {
  it("lists failed checks first, with their remedy", () => {
    assert.equal(
      table(RESULTS),
      [
        "dns",
        "✗ dns.resolution  points to 192.0.2.7",
        "                  expected: what should be",
        "                  remedy: what to do",
        "- dns.records     skipped: seen",
        "",
        "proxy",
        "! proxy.ping      seen",
        "                  expected: what should be",
        "                  remedy: what to do",
        "",
        "vault",
        "✓ vault.keys      seen",
        "",
        "1 failed, 1 warning, 1 ok, 1 skipped",
      ].join("\n"),
    );
  });

  it("wraps at the width of the terminal, and has colours only if asked", () => {
    const long = table([result("a.b", "ok", "word ".repeat(30).trim())], { width: 50 });
    assert.ok(
      long.split("\n").every((line) => line.length <= 50),
      long,
    );
    assert.ok(!long.includes("\u001b"));
    assert.match(table(RESULTS, { color: true }), /\u001b\[31m✗\u001b\[39m dns\.resolution/);
  });

  it("prints each command of a remedy in one line, however long", () => {
    const command =
      "`kubectl --context production delete secret teleport-agent-credentials -n teleport`";
    const remedy = `first ${command}, makes the operator deliver at once, then look again`;
    const lines = table([{ ...result("a.b", "failed"), remedy }], { width: 60 }).split("\n");
    assert.ok(
      lines.some((line) => line.trim() === `${command},`),
      lines.join("\n"),
    );
  });

  it("removes control characters of log lines", () => {
    assert.ok(!table([result("a.b", "failed", "\u001b[2Jgone")]).includes("\u001b"));
  });

  it("says that there are no results", () => {
    assert.equal(summary([]), "no check applies");
  });

  it("is JUnit XML that a parser reads back, for any text", () => {
    const nasty = `<&"'>]]>\u0000\u001b[31m \ud800 ü`;
    const xml = junit([...RESULTS, result("logs.storage", "failed", nasty)]);
    const parsed = create(xml).end({ format: "object" }) as unknown as {
      testsuites: Record<string, string> & {
        testsuite: (Record<string, string> & { testcase: unknown })[];
      };
    };
    const { testsuites } = parsed;
    assert.equal(testsuites["@tests"], "5");
    assert.equal(testsuites["@failures"], "2");
    assert.equal(testsuites["@skipped"], "1");
    assert.deepEqual(
      testsuites.testsuite.map((suite) => [suite["@name"], suite["@tests"], suite["@failures"]]),
      [
        ["vault", "1", "0"],
        ["dns", "2", "1"],
        ["proxy", "1", "0"],
        ["logs", "1", "1"],
      ],
    );
    assert.ok(xml.includes(`message="&lt;&amp;&quot;'&gt;]]&gt;\ufffd\ufffd[31m \ufffd ü"`), xml);
    // oxlint-disable-next-line no-control-regex -- what must not be there
    assert.doesNotMatch(xml, /[\u0000-\u0008\u000b-\u001f]/);
  });
});
