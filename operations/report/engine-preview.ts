import type { Changes } from "../base/change";
import { redactText } from "../base/redact";
import { Cancellation } from "../engine/cancellation";
import { EngineCommand, EngineError } from "../engine/engine-command";
import { engineFailure } from "../engine/engine-errors";
import { readPreview } from "./read-preview";

/**
 * Previews a stack with the Pulumi CLI and the credentials in the environment, and parses the output. A
 * failed preview is a report with its errors. Throws if there is no output to parse, for example because
 * the CLI is not installed.
 */
export async function enginePreview(
  stack: string,
  { cwd, env, refresh = false }: { cwd: string; env: NodeJS.ProcessEnv; refresh?: boolean },
): Promise<Changes> {
  const args = ["preview", "--json", "--show-sames", "--color", "never", "--stack", stack];
  if (refresh) args.push("--refresh");
  const cancellation = new Cancellation();
  const command = await EngineCommand.find(env, cancellation.forced);
  const unlisten = cancellation.listen(() => undefined);
  const { stdout, stderr, code } = await command
    .run(args, cwd, {}, undefined, undefined, cancellation.graceful)
    .catch((error: unknown) => {
      if (error instanceof EngineError) return error;
      throw error;
    })
    .finally(unlisten);
  const start = stdout.indexOf("{");
  if (start === -1) throw engineFailure(stderr, []);
  const changes = readPreview(stdout.slice(start));
  if (code !== 0 && changes.errors.length === 0) {
    changes.errors.push(
      stderr.trim() === "" ? `pulumi preview ended with ${code ?? "none"}` : redactText(stderr),
    );
  }
  return changes;
}
