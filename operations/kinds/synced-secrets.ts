import type { Change } from "../base/change";
import { get, getText, list } from "../../teleport/values";
import { fact, type Consequence, type Loss, type ResourceKind } from "./resource-kind";

const restarts = (inputs: unknown): string[] =>
  list(get(inputs, "spec", "rolloutRestartTargets")).map(
    (target) => `${getText(target, "kind")} ${getText(target, "name")}`,
  );

function effects(change: Change): Consequence[] {
  const names = restarts(change.after ?? change.before);
  return names.length === 0
    ? []
    : [{ level: "restarts", text: `when the value differs, ${names.join(", ")} restarts` }];
}

const lost: Loss = {
  level: "outage",
  text: "the Secret is deleted, and pods that need it no longer start",
  allow: "secret",
};

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
    lost,
  },
  {
    type: /^kubernetes:core\/v1:Secret$/,
    lost,
  },
];
