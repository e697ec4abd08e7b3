import { z } from "zod";
import {
  dnsName,
  goDuration,
  imageReference,
  port,
  postgresName,
  secretKey,
  vaultMount,
  vaultPath,
} from "./fields";

const existing = z.strictObject({
  source: z.literal("existing"),
  path: vaultPath.describe("KV v2 path (below `vault.kvMount`) with keys username and password."),
});

const generated = z.strictObject({
  source: z.literal("generated"),
  path: vaultPath.describe("KV v2 path (below `vault.kvMount`) the password is written to."),
  rotation: z
    .string()
    .default("1")
    .describe(
      "Any text. A change makes a new password, sets it in PostgreSQL, then Vault, and restarts the auth pods. Needs `bootstrap`.",
    ),
  bootstrap: z
    .strictObject({
      adminSecret: dnsName.describe(
        "Secret in the plane's namespace with keys username and password of an administrator.",
      ),
      image: imageReference
        .optional()
        .describe(
          "Image that has `psql` and a POSIX shell. Default: postgres:15-alpine, from `images.registry`.",
        ),
    })
    .optional()
    .describe("Job that creates role and databases and sets each new password. Default: none."),
});

const staticRole = z.strictObject({
  source: z.literal("static-role"),
  mount: vaultMount.default("database").describe("Mount of Vault's database engine."),
  connection: vaultPath.describe("Existing database connection of that engine."),
  role: vaultPath.default("teleport").describe("Name of the static role, created here."),
  rotationPeriodSeconds: z
    .number()
    .int()
    .min(5)
    .default(86400)
    .describe(
      "Seconds between two rotations of the password; each restarts the auth pods. New connections are refused for about 10 seconds each time.",
    ),
});

export const database = z
  .strictObject({
    host: dnsName.describe("Host of PostgreSQL itself (no pgbouncer)."),
    port: port.default(5432).describe("TCP port of PostgreSQL."),
    stateDatabase: postgresName.default("teleport").describe("Database of cluster state."),
    auditDatabase: postgresName
      .default("teleport_audit")
      .describe("Database of audit events; must differ from that of cluster state."),
    user: postgresName
      .default("teleport")
      .describe("Login role that may replicate: REPLICATION, on RDS `rds_replication`."),
    sslMode: z
      .enum(["disable", "prefer", "require", "verify-ca", "verify-full"])
      .default("verify-full")
      .describe("Protection of the connection, `sslmode` of libpq."),
    caSecret: z
      .strictObject({
        name: dnsName.describe("Secret in the plane's namespace."),
        key: secretKey.default("ca.crt").describe("Key with the certificates in PEM."),
      })
      .optional()
      .describe(
        "Certificate authority of PostgreSQL, for `verify-ca` and `verify-full`. Default: the " +
          "image's public authorities.",
      ),
    poolMaxConns: z
      .number()
      .int()
      .min(2)
      .default(20)
      .describe("Maximum connections of one auth pod to each of the two databases."),
    auditRetention: goDuration
      .default("8760h")
      .describe("How long audit events are kept, a Go duration."),
    secretName: dnsName
      .default("infra-db-credentials")
      .describe("Kubernetes Secret with keys username and password."),
    credentials: z
      .discriminatedUnion("source", [existing, generated, staticRole])
      .describe(
        "Where the password comes from: `existing` in Vault KV, `generated` into Vault KV, or a " +
          "`static-role` of Vault's database engine.",
      ),
  })
  .describe("PostgreSQL for state and audit events.");
