import type { Path } from "../problem";
import { rule, seconds, type Rule } from "./rule";

/** Rules about the event handler. */

/** Who did what in Kubernetes stands in these events. */
const KUBERNETES_EVENT = "kube.request";

const address = rule({
  needs: ["eventHandler"],
  check({ eventHandler }, report) {
    if (eventHandler.address === undefined) return;
    if (/\.svc(\.cluster\.local)?:443$/.test(eventHandler.address)) {
      report.problem(
        ["eventHandler", "address"],
        `is "${eventHandler.address}", whose name the proxy's certificate does not carry: use the cluster's ` +
          "public name, or the auth server, teleport-auth.<namespace>.svc.cluster.local:3025.",
      );
    }
  },
});

const types = rule({
  needs: ["eventHandler"],
  check({ eventHandler: { types: wanted, skipTypes } }, report) {
    const skipped = skipTypes.indexOf(KUBERNETES_EVENT);
    const dropped: Path | undefined =
      skipped >= 0
        ? ["eventHandler", "skipTypes", skipped]
        : wanted.length > 0 && !wanted.includes(KUBERNETES_EVENT)
          ? ["eventHandler", "types"]
          : undefined;
    if (dropped === undefined) return;
    report.warning(
      dropped,
      `leaves out ${KUBERNETES_EVENT}: the collector will not know who changed what in Kubernetes.`,
      [
        ["eventHandler", "types"],
        ["eventHandler", "skipTypes"],
      ],
    );
  },
});

const certificate = rule({
  needs: ["eventHandler"],
  check({ eventHandler: { certificate: asked } }, report) {
    if (seconds(asked.renewBefore) >= seconds(asked.duration)) {
      report.problem(
        ["eventHandler", "certificate", "renewBefore"],
        `is "${asked.renewBefore}", must be shorter than the duration "${asked.duration}".`,
        [["eventHandler", "certificate", "duration"]],
      );
    }
  },
});

export const eventHandlerRules: readonly Rule[] = [address, types, certificate];
