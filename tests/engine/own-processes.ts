import * as fs from "node:fs";
import * as path from "node:path";
import type { Place } from "./canary";

const MARK = "ACCESS_PLANE_WATCHED_RUN";
/** How often each process is read: its arguments change when it executes another program. */
const LOOKS = 5;

const readIfThere = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    // The process has ended, or belongs to another user.
    return undefined;
  }
};

/**
 * Records the arguments of every process that runs with {@link env}, and the files of their own
 * temporary folder, deleted ones included.
 */
export class OwnProcesses {
  readonly env: NodeJS.ProcessEnv;
  /** Names in the temporary folder whose mode lets other users in, with the mode. */
  readonly open = new Set<string>();
  private readonly looks = new Map<string, number>();
  private readonly seen = new Set<string>();
  private readonly files = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly folder: string) {
    fs.mkdirSync(folder, { mode: 0o700 });
    this.env = { [MARK]: folder, TMPDIR: folder };
    this.timer = setInterval(() => this.look(), 80);
  }

  private look(): void {
    for (const pid of fs.readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const looks = this.looks.get(pid) ?? 0;
      if (looks >= LOOKS) continue;
      this.looks.set(pid, looks + 1);
      const mine = readIfThere(`/proc/${pid}/environ`)?.includes(`${MARK}=${this.folder}\0`);
      const line = mine === true ? readIfThere(`/proc/${pid}/cmdline`) : undefined;
      if (line !== undefined && line !== "") this.seen.add(line.replaceAll("\0", " "));
    }
    this.walk(this.folder, "");
  }

  private walk(folder: string, below: string): void {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      const name = path.join(below, entry.name);
      try {
        const { mode, ino } = fs.lstatSync(file);
        if (below === "" && !entry.isSymbolicLink() && (mode & 0o077) !== 0) {
          this.open.add(`${name} ${(mode & 0o777).toString(8)}`);
        }
        if (entry.isDirectory()) this.walk(file, name);
        const key = `${name} ${String(ino)}`;
        // Opens the file, so that it can still be read after its deletion.
        if (entry.isFile() && !this.files.has(key)) this.files.set(key, fs.openSync(file, "r"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  }

  /** Names of the files and folders directly in the temporary folder. */
  names(): string[] {
    return [...new Set([...this.files.keys()].map((key) => key.split(/[/ ]/)[0] ?? ""))];
  }

  /** Number of different command lines that were seen. */
  count(): number {
    return this.seen.size;
  }

  /** Everything that was recorded. Files have their current content. */
  places(): Place[] {
    const files = [...this.files].map(([name, file]) => {
      const text = Buffer.alloc(fs.fstatSync(file).size);
      fs.readSync(file, text, 0, text.length, 0);
      return { name: `temporary file ${name}`, text: text.toString("latin1") };
    });
    return [...files, { name: "arguments of a process", text: [...this.seen].join("\n") }];
  }

  stop(): void {
    clearInterval(this.timer);
    for (const file of this.files.values()) fs.closeSync(file);
    this.files.clear();
  }
}
