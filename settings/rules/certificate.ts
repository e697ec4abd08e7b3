import { seconds, rule, type Rule } from "./rule";

const SIZES = { ECDSA: [256, 384, 521], RSA: [2048, 4096, 8192] };

const keySize = rule({
  needs: ["certificate"],
  check({ certificate: { privateKey } }, report) {
    const sizes = SIZES[privateKey.algorithm];
    if (!sizes.includes(privateKey.size)) {
      report.problem(
        ["certificate", "privateKey", "size"],
        `is ${privateKey.size}, and ${privateKey.algorithm} keys have ${sizes.join(", ")} bits.`,
        [["certificate", "privateKey", "algorithm"]],
      );
    }
  },
});

const lifetime = rule({
  needs: ["certificate"],
  check({ certificate: { duration, renewBefore } }, report) {
    if (seconds(duration) < 3600) {
      report.problem(
        ["certificate", "duration"],
        `is "${duration}", and cert-manager wants at least 1h.`,
      );
    } else if (seconds(renewBefore) >= seconds(duration)) {
      report.problem(
        ["certificate", "renewBefore"],
        `is "${renewBefore}", must be shorter than the duration "${duration}", or the certificate ` +
          "would be renewed without end.",
        [["certificate", "duration"]],
      );
    }
    if (seconds(renewBefore) < 300) {
      report.problem(
        ["certificate", "renewBefore"],
        `is "${renewBefore}", and cert-manager wants at least 5m.`,
      );
    }
  },
});

const issuerKind = rule({
  needs: ["certificate"],
  check({ certificate: { issuer } }, report) {
    if (issuer.group === "cert-manager.io" && !["Issuer", "ClusterIssuer"].includes(issuer.kind)) {
      report.problem(
        ["certificate", "issuer", "kind"],
        `is "${issuer.kind}", and cert-manager.io has Issuer and ClusterIssuer only: ` +
          "for an external issuer, set `group` too.",
        [["certificate", "issuer", "group"]],
      );
    }
  },
});

export const certificateRules: readonly Rule[] = [keySize, lifetime, issuerKind];
