import { costWhenLost, fact, isRemoved, type ResourceKind } from "./resource-kind";

/** Certificates of cert-manager. */
export const CERTIFICATES: readonly ResourceKind[] = [
  {
    type: /^kubernetes:cert-manager\.io\/[^:]+:Certificate$/,
    facts: (inputs) => [
      fact(inputs, "spec", "dnsNames"),
      `by ${fact(inputs, "spec", "issuerRef", "kind")} ${fact(inputs, "spec", "issuerRef", "name")}`,
      `→ Secret ${fact(inputs, "spec", "secretName")}`,
    ],
    effects: (change) => [
      {
        level: "notice",
        text: isRemoved(change)
          ? "the Secret stays; nothing renews it"
          : "issued again; proxies load it without a restart",
      },
    ],
    returns: costWhenLost(
      "disturbs again",
      "going back issues the certificate again; the issuer's rate limits apply",
    ),
    protection: {
      name: "certificate",
      loss: "the proxies serve another certificate, or none",
    },
  },
];
