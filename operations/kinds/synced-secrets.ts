import type { Change } from "../base/change";
import { get, getText, list } from "../../teleport/values";
import { fact, isRemoved, whenLost, type Consequence, type ResourceKind } from "./resource-kind";

const restarts = (inputs: unknown): string[] =>
  list(get(inputs, "spec", "rolloutRestartTargets")).map(
    (target) => `${getText(target, "kind")} ${getText(target, "name")}`,
  );

function effects(change: Change): Consequence[] {
  if (isRemoved(change)) {
    return [{ level: "outage", text: "the Secret is deleted; pods that need it no longer start" }];
  }
  const names = restarts(change.after ?? change.before);
  return names.length === 0
    ? []
    : [{ level: "restarts", text: `when the value differs, ${names.join(", ")} restarts` }];
}

const protection = { name: "secret", loss: "pods that need the Secret no longer start" };

/** Secrets with values from Vault, and what makes the Vault Secrets Operator copy them. */
export const SYNCED_SECRETS: readonly ResourceKind[] = [
  {
    type: /:Vault(Static|Dynamic)Secret$/,
    facts: (inputs) => [
      `Vault ${fact(inputs, "spec", "mount")}/${fact(inputs, "spec", "path")}`,
      `→ Secret ${fact(inputs, "spec", "destination", "name")}`,
      ...restarts(inputs).map((target) => `restarts ${target}`),
    ],
    effects,
    protection,
  },
  {
    type: /^kubernetes:core\/v1:Secret$/,
    effects: whenLost("outage", "the Secret is deleted; pods that need it no longer start"),
    protection,
  },
];
