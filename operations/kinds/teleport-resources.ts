import type { Change } from "../base/change";
import { get, getText, list } from "../../teleport/values";
import {
  costWhenLost,
  fact,
  factText,
  isRemoved,
  whenLost,
  type Consequence,
  type ResourceKind,
} from "./resource-kind";

function tokenEffects(change: Change): Consequence[] {
  if (isRemoved(change)) {
    return [{ level: "restarts", text: "agents that join by this token cannot join again" }];
  }
  const [old, next] = [change.before, change.after].map((inputs) => ({
    roles: list(get(inputs, "spec", "roles")).map(String),
    method: getText(inputs, "spec", "join_method"),
  }));
  const lost = (old?.roles ?? []).filter((role) => next?.roles.includes(role) !== true);
  const still = [
    ...(lost.length === 0 ? [] : [`serve ${lost.join(", ")}`]),
    ...(old?.method === next?.method ? [] : [`join by ${old?.method ?? ""}`]),
  ];
  return still.map((what) => ({
    level: "notice",
    text: `agents that still ${what} cannot join again; those that have joined go on: deploy their stack first`,
  }));
}

/** `label value`. Undefined without a value. */
const given = (label: string, value: unknown) =>
  value === undefined ? undefined : `${label} ${factText(value)}`;

/** Custom resources of the Teleport operator. */
export const TELEPORT_RESOURCES: readonly ResourceKind[] = [
  {
    type: /:TeleportRole(V\d+)?$/,
    facts: (inputs) => [
      given("kubernetes groups", get(inputs, "spec", "allow", "kubernetes_groups")),
      given("app labels", get(inputs, "spec", "allow", "app_labels")),
    ],
    effects: (change) =>
      isRemoved(change)
        ? [{ level: "disconnects", text: "holders of the role lose its access" }]
        : [{ level: "notice", text: "applies to its holders at their next connection" }],
    protection: { name: "role", loss: "its holders cannot log in" },
  },
  {
    type: /:TeleportProvisionToken$/,
    facts: (inputs) => [
      `join method ${fact(inputs, "spec", "join_method")}`,
      `roles ${fact(inputs, "spec", "roles")}`,
      ...list(get(inputs, "spec", "kubernetes", "allow")).map(
        (allow) => `for ${fact(allow, "service_account")}`,
      ),
      ...list(get(inputs, "spec", "allow")).map(
        (allow) => `for ${factText(get(allow, "aws_arn") ?? get(allow, "aws_account"))}`,
      ),
    ],
    effects: tokenEffects,
    protection: { name: "token", loss: "agents that join by it cannot join again" },
  },
  {
    type: /:Teleport(Github|OIDC|SAML)Connector$/,
    effects: whenLost("outage", "nobody can log in by this connector"),
    protection: { name: "connector", loss: "nobody can log in by it" },
  },
  {
    type: /:TeleportLoginRule$/,
    effects: whenLost("outage", "users get other traits, and other roles from them"),
    protection: { name: "connector", loss: "users get other traits than before" },
  },
  {
    type: /:TeleportTrustedClusterV2$/,
    effects: whenLost("outage", "the root cluster's users no longer reach this cluster"),
    protection: { name: "connector", loss: "the root cluster's users no longer get in" },
  },
  {
    type: /:TeleportUser$/,
    effects: whenLost("disconnects", "the user can no longer log in"),
    returns: costWhenLost(
      "loses something",
      "passwords and second factors of the user are gone; invite the user again",
    ),
    protection: {
      name: "user",
      loss: "the user cannot log in; password and second factors are deleted",
    },
  },
  {
    type: /:TeleportBotV1$/,
    effects: whenLost("disconnects", "what runs as this bot can no longer log in"),
    returns: costWhenLost("loses something", "the bot's identity is gone; it joins again"),
    protection: { name: "bot", loss: "what runs as this bot can no longer log in" },
  },
  {
    type: /:TeleportAccessList$/,
    effects: whenLost("disconnects", "members lose what the list grants"),
    returns: costWhenLost(
      "loses something",
      "members and reviews that were added in Teleport are gone",
    ),
    protection: {
      name: "access-list",
      loss: "members lose what it grants; who was added in Teleport is deleted with it",
    },
  },
  {
    type: /:TeleportWorkloadIdentityV1$/,
    effects: whenLost("outage", "workloads get no identity by it any more"),
    protection: { name: "workload-identity", loss: "workloads get no identity by it any more" },
  },
  {
    type: /:TeleportOktaImportRule$/,
    effects: whenLost("outage", "apps and groups of Okta lose the labels that roles match"),
    protection: {
      name: "connector",
      loss: "apps and groups of Okta lose the labels that roles match",
    },
  },
];
