/** Passwords, tokens and keys of a sandbox: generated at its first start, kept beside its data. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeWhole } from "./files.ts";
import type { Layout } from "./layout.ts";

/** The generated secrets. */
export interface Secrets {
  /** Bearer tokens of the API server's users. */
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  readonly schedulerToken: string;
  /** PostgreSQL's superuser, used by the sandbox itself. */
  readonly postgresPassword: string;
  /** PostgreSQL's administrator for Vault's database engine. */
  readonly vaultDatabasePassword: string;
  /** First password of the role `teleport`. */
  readonly teleportDatabasePassword: string;
  /** Keys that the AWS emulator accepts. */
  readonly awsAccessKeyId: string;
  readonly awsSecretAccessKey: string;
}

const secret = () => randomBytes(24).toString("base64url");

/** The sandbox's secrets. Created if they do not exist. */
export function loadSecrets(layout: Layout): Secrets {
  const kept = readJson<Partial<Secrets>>(layout.secrets, {});
  const secrets: Secrets = {
    adminToken: secret(),
    controllerManagerToken: secret(),
    schedulerToken: secret(),
    postgresPassword: secret(),
    vaultDatabasePassword: secret(),
    teleportDatabasePassword: secret(),
    awsAccessKeyId: `SANDBOX${randomBytes(6).toString("hex").toUpperCase()}`,
    awsSecretAccessKey: secret(),
    ...kept,
  };
  writeWhole(layout.secrets, `${JSON.stringify(secrets, undefined, 2)}\n`);
  return secrets;
}

/** The key pair that signs service-account tokens; the API server and its controllers share it. */
export function serviceAccountKey(layout: Layout): { privateKey: string; publicKey: string } {
  const paths = {
    privateKey: join(layout.kubernetes, "service-account.key"),
    publicKey: join(layout.kubernetes, "service-account.pub"),
  };
  if (!existsSync(paths.privateKey) || !existsSync(paths.publicKey)) {
    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    writeWhole(paths.publicKey, pair.publicKey);
    writeWhole(paths.privateKey, pair.privateKey);
  }
  return paths;
}
