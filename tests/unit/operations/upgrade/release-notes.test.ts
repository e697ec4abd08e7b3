import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import {
  breakingChanges,
  readReleaseNotes,
  releaseNoteFindings,
} from "../../../../operations/upgrade/release-notes";

/** In the form of Teleport's CHANGELOG.md. */
const NOTES = `# Changelog

## 19.1.0 (01/20/2027)

* Fixed something.

## 19.0.0 (01/10/2027)

### New features

#### Something new with \`proxy_protocol\`

Text.

### Breaking changes and deprecations

#### Stricter host names

Only the symbols \`.\` and \`-\`.

\`\`\`yaml
# Not a heading
teleport: {}
\`\`\`

#### Second factors

The field \`auth_service.authentication.second_factors\` refuses \`otp\` alone.

### Other changes

#### Faster

## 18.4.0 (12/01/2026)

### Breaking Changes

* The default of \`client_idle_timeout\` is 1h. [#1](https://example.com)
  It was none.
- Another one

## 18.2.0 (11/01/2026)

### Breaking changes

#### Already there
`;

const plan = [
  {
    type: "kubernetes:helm.sh/v3:Release",
    inputs: {
      values: {
        authentication: { secondFactors: ["webauthn"] },
        auth: { teleportConfig: { auth_service: { client_idle_timeout: "30m" } } },
      },
    },
  },
] as unknown as PlannedResource[];

describe("release notes", () => {
  const titles = (from: string, to: string) =>
    breakingChanges(NOTES, from, to).map(({ version, title }) => `${version}: ${title}`);

  it("have the breaking changes of the versions between", () => {
    assert.deepEqual(titles("18.2.0", "19.1.0"), [
      "19.0.0: Stricter host names",
      "19.0.0: Second factors",
      "18.4.0: The default of `client_idle_timeout` is 1h.",
      "18.4.0: Another one",
    ]);
    assert.deepEqual(titles("18.4.0", "18.9.0"), []);
    assert.deepEqual(titles("17.0.0", "18.2.0"), ["18.2.0: Already there"]);
  });

  it("say first what the stack sets, by the charts' names, too", () => {
    const findings = releaseNoteFindings(breakingChanges(NOTES, "18.2.0", "19.0.0"), plan);
    assert.deepEqual(
      findings.map(({ level, chart, text }) => `${level}: ${chart}: ${text}`),
      [
        "changes: release notes of 19.0.0: Second factors (names secondFactors, which this stack sets)",
        "changes: release notes of 18.4.0: The default of `client_idle_timeout` is 1h. (names client_idle_timeout, which this stack sets)",
        "changes: release notes of 19.0.0: Stricter host names",
        "changes: release notes of 18.4.0: Another one",
      ],
    );
  });

  it("are read from a file or a server; a failure is a note", async () => {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "notes-"));
    const server = http.createServer((request, response) => {
      response.statusCode = request.url === "/CHANGELOG.md" ? 200 : 404;
      response.end(NOTES);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      fs.writeFileSync(path.join(cwd, "notes.md"), NOTES);
      const versions = { from: "18.4.0", to: "19.0.0", cwd };
      const read = (source: string) => readReleaseNotes(plan, { ...versions, source });
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const found = await read("notes.md");
      assert.equal(found.length, 2);
      assert.deepEqual(await read(`${address}/CHANGELOG.md`), found);
      const [missing, ...more] = await read(`${address}/other.md`);
      assert.equal(more.length, 0);
      assert.equal(missing?.level, "note");
      assert.match(missing.text, /^not read from http.*: it answers 404$/);
      const back = { from: "19.0.0", to: "18.4.0", source: "notes.md", cwd };
      assert.deepEqual(await readReleaseNotes(plan, back), []);
    } finally {
      server.close();
      fs.rmSync(cwd, { recursive: true });
    }
  });
});
