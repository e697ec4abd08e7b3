/** The sandbox's certificate authority: a root and an intermediate, kept in the state directory. */
import "reflect-metadata";
import { randomBytes, X509Certificate, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { keyToPem, makeKey, readKey, webKeys } from "./keys.ts";
import type { Wanted } from "./spec.ts";

const DAY = 86_400_000;
const LIFETIME = 3650 * DAY;
// Clocks of clients may be behind.
const BACKDATE = 60_000;

interface Issuer {
  key: KeyObject;
  pem: string;
}

const KEY_USAGE: Record<string, number> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  "digital signature": x509.KeyUsageFlags.digitalSignature,
  "content commitment": x509.KeyUsageFlags.nonRepudiation,
  "key encipherment": x509.KeyUsageFlags.keyEncipherment,
  "data encipherment": x509.KeyUsageFlags.dataEncipherment,
  "key agreement": x509.KeyUsageFlags.keyAgreement,
  "cert sign": x509.KeyUsageFlags.keyCertSign,
  "crl sign": x509.KeyUsageFlags.cRLSign,
  "encipher only": x509.KeyUsageFlags.encipherOnly,
  "decipher only": x509.KeyUsageFlags.decipherOnly,
};

const EXTENDED_USAGE: Record<string, string> = {
  any: "2.5.29.37.0",
  "server auth": x509.ExtendedKeyUsage.serverAuth,
  "client auth": x509.ExtendedKeyUsage.clientAuth,
  "code signing": x509.ExtendedKeyUsage.codeSigning,
  "email protection": x509.ExtendedKeyUsage.emailProtection,
  "s/mime": x509.ExtendedKeyUsage.emailProtection,
  timestamping: x509.ExtendedKeyUsage.timeStamping,
  "ocsp signing": x509.ExtendedKeyUsage.ocspSigning,
};

/** Usages of a certificate in a form for comparison. */
export function usageBits(usages: string[]): { key: number; extended: string[] } {
  const flags = usages.map((usage) => KEY_USAGE[usage] ?? 0);
  const key = flags.reduce((bits, flag) => bits | flag, 0);
  const extended = usages.flatMap((usage) => EXTENDED_USAGE[usage] ?? []);
  return { key, extended: [...new Set(extended)].sort() };
}

/** The key usage bits of a certificate. A CA always signs certificates. */
export function keyBits(wanted: Pick<Wanted, "usages" | "isCA">): x509.KeyUsageFlags {
  const { key } = usageBits(wanted.usages);
  const signs: number = wanted.isCA ? x509.KeyUsageFlags.keyCertSign : 0;
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are made to be or-ed
  return key | signs;
}

export interface Issued {
  /** The certificate, followed by the intermediate. */
  chainPem: string;
  certificate: X509Certificate;
}

export class Authority {
  readonly rootPem: string;
  private readonly intermediate: Issuer;
  private readonly issuerCertificate: X509Certificate;

  private constructor(root: Issuer, intermediate: Issuer) {
    this.rootPem = root.pem;
    this.intermediate = intermediate;
    this.issuerCertificate = new X509Certificate(intermediate.pem);
  }

  /** Opens the authority of a directory, or creates it if there is none. */
  static async open(directory: string): Promise<Authority> {
    const file = join(directory, "authority.json");
    const stored = read(file);
    if (stored) return new Authority(stored.root, stored.intermediate);
    const root = await found("Access Plane Sandbox Root");
    const intermediate = await found("Access Plane Sandbox Issuer", root);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const plain = ({ key, pem }: Issuer) => ({ key: keyToPem(key, "PKCS8"), pem });
    const content = { root: plain(root), intermediate: plain(intermediate) };
    writeFileSync(`${file}.new`, JSON.stringify(content, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return new Authority(root, intermediate);
  }

  /** Whether this authority issued a certificate. */
  issued(certificate: X509Certificate): boolean {
    return (
      certificate.checkIssued(this.issuerCertificate) &&
      certificate.verify(this.issuerCertificate.publicKey)
    );
  }

  async issue(wanted: Wanted, key: KeyObject): Promise<Issued> {
    const signer = await webKeys(this.intermediate.key);
    const subject = await webKeys(key);
    const start = Date.now() - BACKDATE;
    const end = Math.min(start + wanted.durationMs, Date.parse(this.issuerCertificate.validTo));
    const usage = usageBits(wanted.usages);
    const names = alternativeNames(wanted);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: subjectOf(wanted),
      issuer: new x509.X509Certificate(this.intermediate.pem).subject,
      notBefore: new Date(start),
      notAfter: new Date(end),
      publicKey: subject.keys.publicKey,
      signingKey: signer.keys.privateKey,
      signingAlgorithm: signer.signing,
      extensions: [
        new x509.BasicConstraintsExtension(wanted.isCA, undefined, true),
        new x509.KeyUsagesExtension(keyBits(wanted), true),
        ...(usage.extended.length > 0
          ? [new x509.ExtendedKeyUsageExtension(usage.extended, false)]
          : []),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        await x509.SubjectKeyIdentifierExtension.create(subject.keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
      ],
    });
    const pem = `${certificate.toString("pem")}\n`;
    return { chainPem: pem + this.intermediate.pem, certificate: new X509Certificate(pem) };
  }
}

async function found(name: string, parent?: Issuer): Promise<Issuer> {
  const key = await makeKey("ECDSA", 256);
  const own = await webKeys(key);
  const signer = parent ? await webKeys(parent.key) : own;
  const start = Date.now() - BACKDATE;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${name}`,
    issuer: parent ? new x509.X509Certificate(parent.pem).subject : `CN=${name}`,
    notBefore: new Date(start),
    notAfter: new Date(start + LIFETIME),
    publicKey: own.keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signer.signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, parent ? 0 : 1, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(own.keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  });
  return { key, pem: `${certificate.toString("pem")}\n` };
}

function read(file: string): { root: Issuer; intermediate: Issuer } | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const content = JSON.parse(text) as Record<"root" | "intermediate", { key: string; pem: string }>;
  const issuer = (part: "root" | "intermediate"): Issuer => {
    const key = readKey(content[part].key);
    if (!key)
      throw new Error(
        `${file}: the ${part} key is unreadable; remove the file to create a new one`,
      );
    return { key, pem: content[part].pem };
  };
  return { root: issuer("root"), intermediate: issuer("intermediate") };
}

function serial(): string {
  // Positive, and not zero.
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function subjectOf(wanted: Wanted): x509.JsonName {
  const name: x509.JsonName = [];
  if (wanted.countries.length > 0) name.push({ C: wanted.countries });
  if (wanted.organizations.length > 0) name.push({ O: wanted.organizations });
  if (wanted.organizationalUnits.length > 0) name.push({ OU: wanted.organizationalUnits });
  if (wanted.commonName) name.push({ CN: [wanted.commonName] });
  return name;
}

function alternativeNames(wanted: Wanted): x509.JsonGeneralNames {
  return [
    ...wanted.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...wanted.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...wanted.uris.map((value) => ({ type: "url" as const, value })),
    ...wanted.emailAddresses.map((value) => ({ type: "email" as const, value })),
  ];
}
