/** The spec of a Certificate, checked, and with the defaults that cert-manager documents. */

export type Algorithm = "RSA" | "ECDSA" | "Ed25519";

export interface CertificateSpec {
  secretName?: string;
  commonName?: string;
  dnsNames?: string[];
  ipAddresses?: string[];
  uris?: string[];
  emailAddresses?: string[];
  duration?: string;
  renewBefore?: string;
  renewBeforePercentage?: number;
  isCA?: boolean;
  usages?: string[];
  subject?: { organizations?: string[]; organizationalUnits?: string[]; countries?: string[] };
  issuerRef?: { name?: string; kind?: string; group?: string };
  privateKey?: {
    algorithm?: Algorithm;
    size?: number;
    encoding?: "PKCS1" | "PKCS8";
    rotationPolicy?: "Always" | "Never";
  };
  secretTemplate?: { annotations?: Record<string, string>; labels?: Record<string, string> };
}

/** A spec with every default filled in. Times are milliseconds. */
export interface Wanted {
  secretName: string;
  commonName: string | undefined;
  dnsNames: string[];
  ipAddresses: string[];
  uris: string[];
  emailAddresses: string[];
  durationMs: number;
  renewBeforeMs: number;
  isCA: boolean;
  usages: string[];
  organizations: string[];
  organizationalUnits: string[];
  countries: string[];
  issuer: { name: string; kind: string; group: string };
  algorithm: Algorithm;
  size: number;
  encoding: "PKCS1" | "PKCS8";
  rotate: boolean;
  annotations: Record<string, string>;
  labels: Record<string, string>;
}

export class SpecError extends Error {}

const HOUR = 3_600_000;
const UNITS: Record<string, number> = { h: HOUR, m: 60_000, s: 1000, ms: 1 };
const SIZES: Record<Algorithm, number[]> = {
  RSA: [2048, 3072, 4096, 8192],
  ECDSA: [256, 384, 521],
  Ed25519: [0],
};

/** Reads a duration as Go writes it, "2160h" or "1h30m". */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
    throw new SpecError(`${JSON.stringify(text)} is not a duration; write it like 2160h or 1h30m`);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0), 0);
}

/** Fills in defaults and refuses what cert-manager refuses. */
export function wantedFrom(spec: CertificateSpec): Wanted {
  const key = spec.privateKey ?? {};
  const algorithm = key.algorithm ?? "RSA";
  const size = key.size ?? SIZES[algorithm][0] ?? 0;
  const durationMs = parseDuration(spec.duration ?? "2160h");
  const renewBeforeMs = spec.renewBefore
    ? parseDuration(spec.renewBefore)
    : (durationMs * (spec.renewBeforePercentage ?? 100 / 3)) / 100;
  const wanted: Wanted = {
    secretName: spec.secretName ?? "",
    commonName: spec.commonName || undefined,
    dnsNames: spec.dnsNames ?? [],
    ipAddresses: spec.ipAddresses ?? [],
    uris: spec.uris ?? [],
    emailAddresses: spec.emailAddresses ?? [],
    durationMs,
    renewBeforeMs,
    isCA: spec.isCA ?? false,
    usages: spec.usages ?? ["digital signature", "key encipherment"],
    organizations: spec.subject?.organizations ?? [],
    organizationalUnits: spec.subject?.organizationalUnits ?? [],
    countries: spec.subject?.countries ?? [],
    issuer: {
      name: spec.issuerRef?.name ?? "",
      kind: spec.issuerRef?.kind ?? "Issuer",
      group: spec.issuerRef?.group ?? "cert-manager.io",
    },
    algorithm,
    size,
    encoding: key.encoding ?? "PKCS1",
    rotate: (key.rotationPolicy ?? "Always") === "Always",
    annotations: spec.secretTemplate?.annotations ?? {},
    labels: spec.secretTemplate?.labels ?? {},
  };
  check(wanted);
  return wanted;
}

function check(wanted: Wanted): void {
  const problems: string[] = [];
  const { dnsNames, ipAddresses, uris, emailAddresses, algorithm, size } = wanted;
  if (!wanted.secretName) problems.push("spec.secretName: must be specified");
  const names = [...dnsNames, ...ipAddresses, ...uris, ...emailAddresses];
  if (!wanted.commonName && names.length === 0) {
    problems.push("spec: at least one of commonName, dnsNames, ipAddresses, uris must be set");
  }
  if ((wanted.commonName ?? "").length > 64) {
    problems.push("spec.commonName: may hold at most 64 characters");
  }
  for (const name of dnsNames) {
    if (
      !/^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name)
    ) {
      problems.push(`spec.dnsNames: ${JSON.stringify(name)} is not a DNS name`);
    }
  }
  if (wanted.durationMs < HOUR) problems.push("spec.duration: must be at least 1h");
  if (wanted.renewBeforeMs >= wanted.durationMs) {
    problems.push("spec.renewBefore: must be shorter than spec.duration");
  }
  if (!SIZES[algorithm].includes(size)) {
    const allowed = SIZES[algorithm].join(", ");
    problems.push(
      `spec.privateKey.size: ${String(size)} is not possible for ${algorithm}: ${allowed}`,
    );
  }
  if (problems.length > 0) throw new SpecError(problems.join("; "));
}
