import { X509Certificate } from "node:crypto";

/** True for a text that is an X.509 certificate in PEM; of several the first counts. */
export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
