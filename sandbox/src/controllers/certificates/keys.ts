/** Creates and reads private keys, and passes them to the Web Crypto API, with which the X.509 library signs. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  webcrypto,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import type { Algorithm, Wanted } from "./spec.ts";

const CURVES: Record<number, { openssl: string; web: string; hash: string }> = {
  256: { openssl: "prime256v1", web: "P-256", hash: "SHA-256" },
  384: { openssl: "secp384r1", web: "P-384", hash: "SHA-384" },
  521: { openssl: "secp521r1", web: "P-521", hash: "SHA-512" },
};

const makePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ privateKey: KeyObject }>;

export interface WebKeys {
  keys: webcrypto.CryptoKeyPair;
  /** The signature algorithm of this key. */
  signing: { name: string; hash?: string; namedCurve?: string };
}

export async function makeKey(algorithm: Algorithm, size: number): Promise<KeyObject> {
  if (algorithm === "RSA") return (await makePair("rsa", { modulusLength: size })).privateKey;
  if (algorithm === "Ed25519") return (await makePair("ed25519", {})).privateKey;
  const curve = CURVES[size];
  if (!curve) throw new Error(`no curve of ${String(size)} bits; use 256, 384 or 521`);
  return (await makePair("ec", { namedCurve: curve.openssl })).privateKey;
}

/** PEM in the encoding a Certificate asks for. */
export function keyToPem(key: KeyObject, encoding: Wanted["encoding"]): string {
  const legacy = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  const plain = encoding === "PKCS8" || key.asymmetricKeyType === "ed25519";
  return key.export({ format: "pem", type: plain ? "pkcs8" : legacy }).toString();
}

/** A key from PEM. Undefined if the text is no key. */
export function readKey(pem: string | undefined): KeyObject | undefined {
  try {
    return pem ? createPrivateKey(pem) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a key has the requested algorithm and size. */
export function keyMatches(key: KeyObject, wanted: Pick<Wanted, "algorithm" | "size">): boolean {
  const details = key.asymmetricKeyDetails;
  if (wanted.algorithm === "RSA") {
    return key.asymmetricKeyType === "rsa" && details?.modulusLength === wanted.size;
  }
  if (wanted.algorithm === "Ed25519") return key.asymmetricKeyType === "ed25519";
  return details?.namedCurve === CURVES[wanted.size]?.openssl && key.asymmetricKeyType === "ec";
}

export function samePublicKey(left: KeyObject, right: KeyObject): boolean {
  const der = (key: KeyObject) =>
    (key.type === "public" ? key : createPublicKey(key)).export({ format: "der", type: "spki" });
  return der(left).equals(der(right));
}

export async function webKeys(key: KeyObject): Promise<WebKeys> {
  const signing = signingOf(key);
  const privateKey = await webcrypto.subtle.importKey(
    "pkcs8",
    key.export({ format: "der", type: "pkcs8" }),
    signing,
    true,
    ["sign"],
  );
  const publicKey = await webcrypto.subtle.importKey(
    "spki",
    createPublicKey(key).export({ format: "der", type: "spki" }),
    signing,
    true,
    ["verify"],
  );
  return { keys: { privateKey, publicKey }, signing };
}

function signingOf(key: KeyObject): WebKeys["signing"] {
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  const name = key.asymmetricKeyDetails?.namedCurve;
  const curve = Object.values(CURVES).find((candidate) => candidate.openssl === name);
  if (!curve) throw new Error(`curve ${String(name)} is not supported; use P-256, P-384 or P-521`);
  return { name: "ECDSA", namedCurve: curve.web, hash: curve.hash };
}
