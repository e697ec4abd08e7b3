/** The process that plays cert-manager, trust-manager and the Teleport operator. */
import { join } from "node:path";
import { healthy } from "../http.ts";
import { checkout } from "../layout.ts";
import type { Part } from "../part.ts";
import { databaseAuthority } from "./postgres.ts";

const program = join(checkout, "sandbox/src/controllers/main.ts");

export const controllers: Part = {
  name: "controllers",
  after: ["definitions", "cluster-objects"],
  ports: ["controllers"],
  requires: () => [program],
  command: async ({ layout, ports }) => ({
    file: process.execPath,
    args: [
      "--disable-warning=ExperimentalWarning",
      program,
      ...["--state-dir", layout.controllers],
      ...["--database-ca", (await databaseAuthority(layout)).certificate],
    ],
    env: { KUBECONFIG: layout.kubeconfig, PORT: String(ports["controllers"]) },
    cwd: checkout,
  }),
  ready: ({ ports }) => healthy(`http://127.0.0.1:${ports["controllers"]}/readyz`),
};
