/**
 * The sandbox's controllers in one process: cert-manager, trust-manager and the Teleport operator,
 * played.
 *
 *     KUBECONFIG=… PORT=… node sandbox/src/controllers/main.ts --state-dir <directory> [--database-ca <file>]
 *
 * GET /readyz answers 200 once the API server was read; GET /teleport/<namespace> shows what Teleport holds.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BundleController, type Bundle } from "./bundles.ts";
import { Authority } from "./certificates/authority.ts";
import { CertificateController } from "./certificates/controller.ts";
import { KubeClient } from "./kube-client.ts";
import { TeleportOperator } from "./teleport/operator.ts";
import { TeleportStore } from "./teleport/store.ts";

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "state-dir": { type: "string" }, "database-ca": { type: "string" } },
  });
  const stateDir = values["state-dir"];
  if (!stateDir) throw new Error("--state-dir: missing; name the directory that keeps the CA key");
  const port = Number(process.env.PORT);
  if (!Number.isInteger(port) || port < 0 || !process.env.PORT) {
    throw new Error("PORT: missing or not a number; set the port that GET /readyz is served on");
  }
  const client = new KubeClient();
  const store = new TeleportStore(join(stateDir, "teleport.json"));
  const authority = await Authority.open(stateDir);
  const certificates = new CertificateController(client, authority, log);
  const databaseCa = values["database-ca"];
  const bundles: Bundle[] = [
    { name: "sandbox-ca", key: "ca.pem", pem: authority.rootPem },
    ...(databaseCa
      ? [{ name: "infra-db-ca", key: "ca.crt", pem: readFileSync(databaseCa, "utf8") }]
      : []),
  ];
  const trust = new BundleController(client, bundles, log);
  const operator = new TeleportOperator(client, store, log);
  let ready = false;

  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const namespace = /^\/teleport\/([a-z0-9-]+)$/.exec(request.url ?? "")?.[1];
    if (request.url === "/readyz") answer(ready ? 200 : 503, { ready });
    else if (namespace) answer(200, store.peek(namespace) ?? {});
    else answer(404, { error: "known: /readyz, /teleport/<namespace>" });
  });
  server.listen(port, "127.0.0.1");

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close();
    void Promise.all([certificates.stop(), trust.stop(), operator.stop()]).then(() =>
      process.exit(0),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);

  certificates.start();
  trust.start();
  await operator.start();
  ready = true;
  log("ready");
}

main().catch((error: unknown) => {
  console.error(`controllers: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
