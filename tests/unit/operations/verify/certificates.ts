import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 3600 * 1000;

x509.cryptoProvider.set(webcrypto as never);

/** A certificate with its key and its signer. */
export interface Pair {
  pem: string;
  /** PKCS 8. */
  key: string;
  keys: webcrypto.CryptoKeyPair;
  certificate: x509.X509Certificate;
}

/** Properties of a certificate. */
export interface Wanted {
  subject: string;
  names?: string[];
  ca?: boolean;
  /** Days from now. Default: -1 and 89. */
  from?: number;
  until?: number;
}

/** A certificate signed by another, or by itself. */
export async function issue(
  { subject, names = [], ca = false, from = -1, until = 89 }: Wanted,
  issuer?: Pair,
): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${subject}`,
    issuer: issuer?.certificate.subject ?? `CN=${subject}`,
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + until * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      ...(names.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: "dns" as const, value })),
            ),
          ]),
    ],
  });
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    pem: `${certificate.toString("pem")}\n`,
    key: x509.PemConverter.encode(der, "PRIVATE KEY"),
    keys,
    certificate,
  };
}

/** A root and an intermediate. */
export async function authority(name: string): Promise<{ root: Pair; intermediate: Pair }> {
  const root = await issue({ subject: `${name} root`, ca: true, until: 3650 });
  return {
    root,
    intermediate: await issue({ subject: `${name} issuer`, ca: true, until: 3650 }, root),
  };
}
