import { fact, type ResourceKind } from "./resource-kind";

/** Certificates of cert-manager. */
export const CERTIFICATES: readonly ResourceKind[] = [
  {
    type: /^kubernetes:cert-manager\.io\/[^:]+:Certificate$/,
    facts: (inputs) => [
      fact(inputs, "spec", "dnsNames"),
      `by ${fact(inputs, "spec", "issuerRef", "kind")} ${fact(inputs, "spec", "issuerRef", "name")}`,
      `→ Secret ${fact(inputs, "spec", "secretName")}`,
    ],
    effects: () => [{ level: "notice", text: "issued again; proxies load it without a restart" }],
    lost: {
      level: "notice",
      text: "the Secret stays, and nothing renews the certificate in it",
      allow: "certificate",
      back: {
        cost: "disturbs again",
        reason: "going back issues the certificate again; the issuer's rate limits apply",
      },
    },
  },
];
