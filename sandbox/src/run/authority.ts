/** Certificate authorities of the sandbox's own parts: one a part, kept in that part's folder. */
import "reflect-metadata";
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { readIfThere, writeWhole } from "./files.ts";

const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LIFETIME = 3650 * 86_400_000;

/** A key pair with its certificate, as files. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is for. */
export interface Subject {
  readonly name: string;
  /** DNS names and IP addresses. Default: none. */
  readonly names?: readonly x509.JsonGeneralName[];
  readonly usage: "server" | "client" | "both";
}

const authorities = new Map<string, Promise<KeyPair>>();

/** The authority in a folder, created if there is none. */
export function authority(folder: string, name: string): Promise<KeyPair> {
  // Parts start in parallel, and two of them may need the same one.
  const known = authorities.get(folder) ?? found(folder, name);
  authorities.set(folder, known);
  return known.finally(() => authorities.delete(folder));
}

async function found(folder: string, name: string): Promise<KeyPair> {
  const pair = { certificate: join(folder, "ca.crt"), key: join(folder, "ca.key") };
  if (readIfThere(pair.certificate) !== undefined) return pair;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writeWhole(pair.key, pem(keys.privateKey));
  writeWhole(pair.certificate, certificate.toString("pem"));
  return pair;
}

/** A key pair signed by an authority, in PEM. */
export async function issue(
  by: KeyPair,
  subject: Subject,
): Promise<{ certificate: string; key: string }> {
  const issuer = new x509.X509Certificate(readIfThere(by.certificate) ?? "");
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    createPrivateKey(readIfThere(by.key) ?? "").export({ format: "der", type: "pkcs8" }),
    SIGNING,
    false,
    ["sign"],
  );
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ["sign", "verify"]);
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const usages = { server: [serverAuth], client: [clientAuth], both: [serverAuth, clientAuth] };
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: `CN=${subject.name}`,
    issuer: issuer.subject,
    signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.ExtendedKeyUsageExtension(usages[subject.usage]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(subject.names === undefined
        ? []
        : [new x509.SubjectAlternativeNameExtension([...subject.names])]),
    ],
  });
  return { certificate: certificate.toString("pem"), key: pem(keys.privateKey) };
}

/** A key pair signed by an authority, in files beside it. Created if it does not exist. */
export async function issued(folder: string, by: KeyPair, subject: Subject): Promise<KeyPair> {
  const pair = {
    certificate: join(folder, `${subject.name}.crt`),
    key: join(folder, `${subject.name}.key`),
  };
  if (readIfThere(pair.certificate) !== undefined) return pair;
  const made = await issue(by, subject);
  writeWhole(pair.key, made.key);
  writeWhole(pair.certificate, made.certificate);
  return pair;
}

const validity = () => ({
  serialNumber: randomBytes(16).toString("hex"),
  // The clock of a client may be behind.
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + LIFETIME),
});

const pem = (key: webcrypto.CryptoKey) =>
  KeyObject.from(key).export({ format: "pem", type: "pkcs8" }).toString();
