import { spawn, spawnSync } from "node:child_process";

/** A command that failed: its message carries the end of what the command printed. */
export class CommandError extends Error {
  override name = "CommandError";
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutSeconds?: number;
  /** Called with every line of standard error as it comes. */
  onErrorLine?: (line: string) => void;
}

/** Run a command to its end and return its standard output. */
export function runCommand(
  program: string,
  args: string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
    });
    let output = "";
    let rest = "";
    const tail: string[] = [];
    const keep = (line: string) => {
      tail.push(line);
      if (tail.length > 15) tail.shift();
      options.onErrorLine?.(line);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(keep);
    });
    child.on("error", (error) => {
      reject(new CommandError(`cannot run ${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      if (rest !== "") keep(rest);
      if (code === 0) {
        resolve(output);
        return;
      }
      const how =
        signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
      const said = tail.length > 0 ? tail : output.split("\n").slice(-15);
      reject(new CommandError(`${program} ${args[0] ?? ""} ${how}:\n${said.join("\n").trimEnd()}`));
    });
  });
}

/** Output of a short command. Undefined if the program does not exist or fails. */
export function ask(program: string, args: string[]): string | undefined {
  const answer = spawnSync(program, args, { encoding: "utf8", timeout: 20_000 });
  return answer.status === 0 ? answer.stdout + answer.stderr : undefined;
}
