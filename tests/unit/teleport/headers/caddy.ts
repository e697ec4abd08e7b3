import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import type { App } from "../../../../teleport/apps/app";
import { headerProxyConfig, localAddress } from "../../../../teleport/headers/inject";
import { CREDENTIALS_DIR } from "../../../../teleport/headers/pod";
import { freePort } from "../../../free-port";

/** The Caddy of set-up, or one on PATH. */
export const CADDY = [
  ...(process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, "caddy")),
  path.join(
    process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
    "access-plane/bin/caddy/2.11.9/caddy",
  ),
].find((file) => fs.existsSync(file));

/** The sidecar as in the pod, with the test's own ports and directory. */
export class Sidecar {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "sidecar-"));
  readonly secrets = path.join(this.directory, "secrets");
  log = "";
  private process?: ChildProcess;
  private port = 0;
  private probePort = 0;

  constructor(private readonly env: NodeJS.ProcessEnv = {}) {
    fs.mkdirSync(this.secrets);
  }

  /** Writes a secret as a Secret's volume does, which replaces the file at once. */
  write(key: string, value: string | Buffer): void {
    const next = path.join(this.directory, "next");
    fs.writeFileSync(next, value);
    fs.renameSync(next, path.join(this.secrets, key));
  }

  /** Writes the configuration. A running sidecar loads it. */
  configure(apps: readonly App[]): void {
    const config = headerProxyConfig(apps)
      .replaceAll(CREDENTIALS_DIR, this.secrets)
      .replaceAll(":8480", `:${this.port}`)
      .replaceAll(":8481", `127.0.0.1:${this.probePort}`);
    fs.writeFileSync(path.join(this.directory, "caddy.json"), config);
  }

  async start(apps: readonly App[]): Promise<void> {
    this.port = await freePort();
    this.probePort = await freePort();
    this.configure(apps);
    const args = ["run", "--watch", "--config", path.join(this.directory, "caddy.json")];
    this.process = spawn(CADDY ?? "caddy", args, {
      // It has no writable folder, as in the pod.
      env: { HOME: "/proc", ...this.env },
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (data: Buffer) => (this.log += data.toString()));
    }
    for (let tries = 0; ; tries++) {
      const status = await this.probe().catch(() => undefined);
      if (status !== undefined) return;
      if (tries > 150) throw new Error(`the sidecar does not start: ${this.log}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Status that the kubelet's probe gets. */
  async probe(): Promise<number | undefined> {
    const [response] = await send({ port: this.probePort, path: "/" });
    return response.statusCode;
  }

  /** Where Teleport sends requests to an app. */
  at(app: string): { host: string; port: number } {
    return { host: localAddress(app), port: this.port };
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process?.once("exit", done));
    this.process?.kill("SIGKILL");
    await ended;
    fs.rmSync(this.directory, { recursive: true });
  }
}

/** Sends a request and reads the whole answer. */
export function send(
  options: http.RequestOptions,
  body?: Buffer,
): Promise<[http.IncomingMessage, Buffer]> {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        resolve([response, Buffer.concat(parts)]);
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
