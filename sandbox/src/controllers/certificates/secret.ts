/** The Secret of a Certificate: its content, and whether that is still valid. */
import { X509Certificate, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KubeObject } from "../objects.ts";
import { keyBits, usageBits, type Authority, type Issued } from "./authority.ts";
import { keyMatches, keyToPem, readKey, samePublicKey } from "./keys.ts";
import type { Wanted } from "./spec.ts";

export interface TlsSecret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

const PREFIX = "cert-manager.io";

/** Why a Secret has to be issued (again), as the reason and message of a condition. */
export interface Fault {
  reason: string;
  message: string;
}

const field = (secret: TlsSecret, name: string): string | undefined => {
  const value = secret.data?.[name];
  return value ? Buffer.from(value, "base64").toString("utf8") : undefined;
};

export const keyIn = (secret: TlsSecret): KeyObject | undefined =>
  readKey(field(secret, "tls.key"));

export function certificateIn(secret: TlsSecret): X509Certificate | undefined {
  const pem = field(secret, "tls.crt");
  try {
    return pem ? new X509Certificate(pem) : undefined;
  } catch {
    return undefined;
  }
}

/** The time at which to renew a certificate. */
export function renewalOf(certificate: X509Certificate, wanted: Wanted): Date {
  return new Date(
    Math.floor((Date.parse(certificate.validTo) - wanted.renewBeforeMs) / 1000) * 1000,
  );
}

/** Finds the first fault of a Secret, in cert-manager's order. */
export function faultOf(
  secret: TlsSecret | undefined,
  wanted: Wanted,
  authority: Authority,
): Fault | undefined {
  if (!secret) {
    return { reason: "DoesNotExist", message: "Issuing certificate as Secret does not exist" };
  }
  const key = keyIn(secret);
  const certificate = certificateIn(secret);
  if (!key || !certificate) {
    return { reason: "MissingData", message: "The Secret holds no readable key and certificate" };
  }
  if (!samePublicKey(key, certificate.publicKey)) {
    return { reason: "InvalidKeyPair", message: "Key and certificate in the Secret do not match" };
  }
  if (!keyMatches(key, wanted)) {
    return {
      reason: "SecretMismatch",
      message: "The private key has another algorithm or size than requested",
    };
  }
  const annotations = secret.metadata.annotations ?? {};
  const { name, kind, group } = wanted.issuer;
  if (
    annotations[`${PREFIX}/issuer-name`] !== name ||
    annotations[`${PREFIX}/issuer-kind`] !== kind ||
    annotations[`${PREFIX}/issuer-group`] !== group ||
    !authority.issued(certificate)
  ) {
    return { reason: "IncorrectIssuer", message: "The certificate comes from another issuer" };
  }
  const changed = requestFault(certificate, wanted);
  if (changed) return { reason: "RequestChanged", message: `Fields changed: ${changed}` };
  if (Date.now() >= renewalOf(certificate, wanted).getTime()) {
    const due = renewalOf(certificate, wanted).toISOString();
    return {
      reason: "Renewing",
      message: `Renewing certificate as renewal was scheduled at ${due}`,
    };
  }
  return undefined;
}

function requestFault(certificate: X509Certificate, wanted: Wanted): string | undefined {
  const parsed = new x509.X509Certificate(certificate.raw);
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const of = (type: string) => names.filter((n) => n.type === type).map((n) => n.value);
  const differs = (have: string[], want: string[]) =>
    JSON.stringify([...have].sort()) !== JSON.stringify([...want].sort());
  const faults: string[] = [];
  if (differs(of("dns"), wanted.dnsNames)) faults.push("spec.dnsNames");
  if (differs(of("ip"), wanted.ipAddresses)) faults.push("spec.ipAddresses");
  if (differs(of("url"), wanted.uris)) faults.push("spec.uris");
  if (differs(of("email"), wanted.emailAddresses)) faults.push("spec.emailAddresses");
  if (differs(parsed.subjectName.getField("CN"), wanted.commonName ? [wanted.commonName] : [])) {
    faults.push("spec.commonName");
  }
  if (differs(parsed.subjectName.getField("O"), wanted.organizations)) faults.push("spec.subject");
  const lifetime = parsed.notAfter.getTime() - parsed.notBefore.getTime();
  // A certificate cannot outlive its authority, so only a longer life counts as a difference then.
  if (Math.abs(lifetime - wanted.durationMs) > 2000) faults.push("spec.duration");
  const usage = usageBits(wanted.usages);
  const ca = parsed.getExtension(x509.BasicConstraintsExtension)?.ca ?? false;
  if (ca !== wanted.isCA) faults.push("spec.isCA");
  const extended = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  const bits = parsed.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  if (bits !== keyBits(wanted) || differs(extended.map(String), usage.extended)) {
    faults.push("spec.usages");
  }
  return faults.length > 0 ? faults.join(", ") : undefined;
}

/** Metadata of a Certificate's Secret, without what its template adds. */
export function secretMetadata(certificateName: string, wanted: Wanted) {
  return {
    annotations: {
      ...wanted.annotations,
      [`${PREFIX}/alt-names`]: wanted.dnsNames.join(","),
      [`${PREFIX}/certificate-name`]: certificateName,
      [`${PREFIX}/common-name`]: wanted.commonName ?? "",
      [`${PREFIX}/ip-sans`]: wanted.ipAddresses.join(","),
      [`${PREFIX}/issuer-group`]: wanted.issuer.group,
      [`${PREFIX}/issuer-kind`]: wanted.issuer.kind,
      [`${PREFIX}/issuer-name`]: wanted.issuer.name,
      [`${PREFIX}/uri-sans`]: wanted.uris.join(","),
    },
    labels: { ...wanted.labels, [`controller.${PREFIX}/fao`]: "true" },
  };
}

export function secretData(
  issued: Issued,
  key: KeyObject,
  wanted: Wanted,
  authority: Authority,
): Record<string, string> {
  const encode = (text: string) => Buffer.from(text, "utf8").toString("base64");
  return {
    "tls.crt": encode(issued.chainPem),
    "tls.key": encode(keyToPem(key, wanted.encoding)),
    "ca.crt": encode(authority.rootPem),
  };
}
