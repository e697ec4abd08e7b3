import { z } from "zod";
import { dnsName, goDuration, nonEmpty, timeoutSeconds } from "./fields";

const DEFAULT_SIZE = { ECDSA: 256, RSA: 2048 };

export const certificate = z
  .strictObject({
    secretName: dnsName
      .default("teleport-tls")
      .describe("Secret that cert-manager writes the key pair into."),
    issuer: z
      .strictObject({
        name: dnsName.describe("Name of the issuer."),
        kind: nonEmpty
          .default("ClusterIssuer")
          .describe("Issuer, ClusterIssuer or an external issuer's kind."),
        group: dnsName.default("cert-manager.io").describe("API group of the issuer."),
      })
      .describe("Issuer of the certificate; must be able to sign wildcards (DNS-01 for ACME)."),
    caSecretName: dnsName
      .optional()
      .describe(
        "Secret in the plane's namespace whose key `ca.pem` holds the authority behind a private " +
          "issuer; without it the proxies do not start. Default: the image's public authorities.",
      ),
    privateKey: z
      .strictObject({
        algorithm: z.enum(["RSA", "ECDSA"]).default("ECDSA").describe("Kind of key."),
        size: z
          .number()
          .int()
          .optional()
          .describe("Bits: ECDSA 256, 384 or 521; RSA 2048, 4096 or 8192. Default: the smallest."),
      })
      .transform(({ algorithm, size }) => ({ algorithm, size: size ?? DEFAULT_SIZE[algorithm] }))
      .prefault({})
      .describe("Private key, a new one at each renewal."),
    duration: goDuration
      .default("2160h")
      .describe("Requested lifetime, a Go duration of at least 1h."),
    renewBefore: goDuration
      .default("720h")
      .describe("Renewed this long before it expires, a Go duration shorter than `duration`."),
    readyTimeoutSeconds: timeoutSeconds
      .default(600)
      .describe("Seconds that `pulumi up` waits for Ready."),
  })
  .describe("Certificate for the apex and the wildcard of `clusterName`, from cert-manager.");
