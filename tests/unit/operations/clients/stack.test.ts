import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LiveStack } from "../../../../operations/clients/stack";

/** Records each command, has a stack without resources, and cannot preview it. */
const PULUMI = `#!/bin/sh
echo "$1" >> "$SEEN"
case "$1" in
  version) echo v3.246.0 ;;
  preview) echo "error: broken" >&2; exit 255 ;;
  *) echo '{"deployment":{"resources":[]}}' ;;
esac
`;

describe("a stack for the checks", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const started = () => fs.readFileSync(path.join(folder, "seen"), "utf8").trim().split("\n");

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-state-"));
    fs.writeFileSync(path.join(folder, "pulumi"), PULUMI, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: broken\nruntime: nodejs\n");
    const PATH = `${folder}:${process.env["PATH"] ?? ""}`;
    env = { ...process.env, PATH, SEEN: path.join(folder, "seen") };
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("has its state read once with one start of the CLI", async () => {
    const stack = new LiveStack("prod", folder, env);
    const read = await Promise.all([1, 2, 3].map(() => stack.resources()));
    await new LiveStack("staging", folder, env).resources();
    assert.deepEqual(read, [[], [], []]);
    assert.deepEqual(started(), ["version", "stack", "stack"]);
  });

  it("is previewed once, and its check reports the failure of a preview begun before", async () => {
    const stack = new LiveStack("prod", folder, env);
    await stack.begin();
    await assert.rejects(stack.preview(), /broken/);
    assert.deepEqual(started(), ["version", "preview"]);
  });
});
