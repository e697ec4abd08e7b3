import { objectName, type Change } from "../base/change";
import type { Effect } from "./effects";
import { get, getText } from "../../teleport/values";
import { shortType } from "../base/urn";

/** How hard it is to go back, the hardest first. */
export const COSTS = ["one way", "loses something", "disturbs again", "free"] as const;
export type Cost = (typeof COSTS)[number];

/** What going back costs, and why. */
export interface Rollback {
  cost: Cost;
  reasons: string[];
}

const goes = ({ operation }: Change) => operation === "delete" || operation === "replace";

function versionCost(change: Change): { cost: Cost; reason: string } | undefined {
  const [from, to] = [change.before, change.after].map((inputs) => get(inputs, "version"));
  if (typeof from !== "string" || typeof to !== "string" || from === to) return undefined;
  if (!/teleport-cluster$/.test(getText(change.after, "chart"))) return undefined;
  const major = (version: string) => version.split(".")[0];
  return major(from) === major(to)
    ? {
        cost: "disturbs again",
        reason: `Teleport ${to} → ${from} restarts everything once more; read its release notes first`,
      }
    : {
        cost: "one way",
        reason:
          `Teleport ${to} migrates its database and does not run on it as ${from} again: ` +
          "going back means restoring the database; take a backup first",
      };
}

const LOSSES: Record<string, string> = {
  Namespace: "everything in the namespace, Secrets of the agents' identities included, is gone",
  RandomPassword: "the old password is gone; going back makes yet another one",
  SecretBackendStaticRole: "the old password is gone; Vault makes yet another one",
  LoadBalancer: "the old address is gone; going back gives yet another one",
  TeleportUser: "passwords and second factors of the user are gone; invite the user again",
  TeleportBotV1: "what the bot has joined as is gone; it joins anew",
  TeleportAccessList: "members and reviews that were added in Teleport are gone",
  Certificate: "going back issues anew; mind the issuer's limits",
};

/** What it costs to deploy the base again after these changes. */
export function rollback(changes: readonly Change[], effects: readonly Effect[]): Rollback {
  const found: { cost: Cost; reason: string }[] = [];
  for (const change of changes) {
    const type = shortType(change.type);
    const version = versionCost(change);
    if (version !== undefined) found.push(version);
    const loss = LOSSES[type];
    if (loss !== undefined && goes(change)) {
      found.push({
        cost: type === "Certificate" ? "disturbs again" : "loses something",
        reason: `${type} ${objectName(change)}: ${loss}`,
      });
    }
    if (type === "Release" && /teleport-cluster$/.test(getText(change.before, "chart"))) {
      const [from, to] = [change.before, change.after].map((inputs) =>
        get(inputs, "values", "clusterName"),
      );
      if (change.after !== undefined && from !== to) {
        found.push({
          cost: "one way",
          reason: "the cluster's name is its identity: every certificate and agent starts over",
        });
      }
    }
  }
  const disturbing = effects.filter(({ level }) => level !== "notice").length;
  if (disturbing > 0) {
    found.push({
      cost: "disturbs again",
      reason: "deploying the base again has the same effects on sessions once more",
    });
  }
  const cost = COSTS.find((level) => found.some((entry) => entry.cost === level)) ?? "free";
  const reasons = COSTS.flatMap((level) =>
    found.filter((entry) => entry.cost === level).map(({ reason }) => reason),
  );
  return {
    cost,
    reasons: cost === "free" ? ["deploying the base again undoes it"] : [...new Set(reasons)],
  };
}
