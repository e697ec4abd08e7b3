import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LiveStack } from "../../../../operations/clients/stack";

/** Records each command, and has a stack without resources. */
const PULUMI = `#!/bin/sh
echo "$1" >> "$SEEN"
if [ "$1" = version ]; then echo v3.246.0; else echo '{"deployment":{"resources":[]}}'; fi
`;

describe("a stack's state for the checks", () => {
  it("is read once with one start of the CLI", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-state-"));
    fs.writeFileSync(path.join(folder, "pulumi"), PULUMI, { mode: 0o755 });
    const seen = path.join(folder, "seen");
    const PATH = `${folder}:${process.env["PATH"] ?? ""}`;
    const env = { ...process.env, PATH, SEEN: seen };
    try {
      const stack = new LiveStack("prod", folder, env);
      const read = await Promise.all([1, 2, 3].map(() => stack.resources()));
      await new LiveStack("staging", folder, env).resources();
      assert.deepEqual(read, [[], [], []]);
      assert.deepEqual(fs.readFileSync(seen, "utf8").trim().split("\n"), [
        ...["version", "stack", "stack"],
      ]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
