import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineCommand } from "../../../../operations/engine/engine-command";
import { enginePreview } from "../../../../operations/report/engine-preview";

/** Leaves a file behind, as the Kubernetes plugin does, and prints its path. */
const LITTERER = `#!/bin/sh
if [ "$1" = version ]; then echo v3.246.0; exit; fi
echo secret > "$TMPDIR/kubeconfig1"
stat -c '%a %n' "$TMPDIR" >> "$SEEN"
[ "$1" = preview ] && echo '{"steps":[]}'
[ "$1" != destroy ]
`;

describe("temporary files of the engine and its plugins", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-litter-"));
    fs.writeFileSync(path.join(folder, "pulumi"), LITTERER, { mode: 0o755 });
    const PATH = `${folder}:${process.env["PATH"] ?? ""}`;
    env = { ...process.env, PATH, SEEN: path.join(folder, "seen"), TMPDIR: folder };
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("are in a private folder that is deleted after the run", async () => {
    const command = await EngineCommand.find(env, new AbortController().signal);
    await command.run(["up"], folder, {});
    await command.run(["stack", "export"], folder, {});
    await assert.rejects(command.run(["destroy"], folder, {}));
    await enginePreview("prod", { cwd: folder, env });
    const seen = fs.readFileSync(path.join(folder, "seen"), "utf8").trim().split("\n");
    assert.equal(seen.length, 4);
    assert.equal(new Set(seen).size, 4);
    for (const line of seen) {
      const [mode, name = ""] = line.split(" ");
      assert.equal(mode, "700");
      assert.match(path.basename(name), /^access-plane-\w{6}$/);
      assert.ok(!fs.existsSync(name), name);
    }
  });
});
