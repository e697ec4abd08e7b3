import { EVENT_TYPES } from "../../teleport/event-types";
import { hint } from "../../teleport/did-you-mean";
import { noRepeats, rule, seconds, type Rule } from "./rule";

/** Rules about the event handler. */

/** The event of requests to Kubernetes. */
const KUBERNETES_EVENT = "kube.request";

const address = rule({
  needs: ["eventHandler"],
  check({ eventHandler }, report) {
    if (eventHandler.address === undefined) return;
    if (/\.svc(\.cluster\.local)?:443$/.test(eventHandler.address)) {
      report.problem(
        ["eventHandler", "address"],
        `is "${eventHandler.address}", which the proxy's certificate does not cover: use the cluster's ` +
          "public name, or the auth server, teleport-auth.<namespace>.svc.cluster.local:3025.",
      );
    }
  },
});

const types = rule({
  needs: ["eventHandler"],
  check({ eventHandler: { types: wanted, skipTypes } }, report) {
    const skipped = skipTypes.indexOf(KUBERNETES_EVENT);
    const isWanted = wanted.length === 0 || wanted.includes(KUBERNETES_EVENT);
    if (skipped < 0 && isWanted) return;
    report.warning(
      skipped < 0 ? ["eventHandler", "types"] : ["eventHandler", "skipTypes", skipped],
      `leaves out ${KUBERNETES_EVENT}: the collector will not see who changed what in Kubernetes.`,
      [
        ["eventHandler", "types"],
        ["eventHandler", "skipTypes"],
      ],
    );
  },
});

/** Event types in the settings should exist in Teleport. */
const known = rule({
  needs: ["eventHandler"],
  check({ eventHandler }, report) {
    for (const key of ["types", "skipTypes", "skipSessionTypes"] as const) {
      noRepeats(eventHandler[key], (index) => ["eventHandler", key, index], report);
      for (const [index, type] of eventHandler[key].entries()) {
        if (EVENT_TYPES.includes(type)) continue;
        report.warning(
          ["eventHandler", key, index],
          `is ${JSON.stringify(type)}, which is not an audit event of Teleport 18.3` +
            hint(type, EVENT_TYPES),
        );
      }
    }
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

export const eventHandlerRules: readonly Rule[] = [address, types, known, certificate];
