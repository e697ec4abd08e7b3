import type { Change } from "../base/change";
import { get, getText, list } from "../../teleport/values";
import { fact, factText, gone, type Consequence, type ResourceKind } from "./resource-kind";

function tokenEffects(change: Change): Consequence[] {
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
    effects: () => [{ level: "notice", text: "applies to its holders at their next connection" }],
    lost: {
      level: "disconnects",
      text: "its holders lose its access and cannot log in",
      allow: "role",
    },
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
    lost: { level: "restarts", text: "agents that join by it cannot join again", allow: "token" },
  },
  {
    type: /:Teleport(Github|OIDC|SAML)Connector$/,
    lost: { level: "outage", text: "nobody can log in by it", allow: "connector" },
  },
  {
    type: /:TeleportLoginRule$/,
    lost: {
      level: "outage",
      text: "users get other traits than before, and other roles from them",
      allow: "connector",
    },
  },
  {
    type: /:TeleportTrustedClusterV2$/,
    lost: {
      level: "outage",
      text: "the root cluster's users no longer reach this cluster",
      allow: "connector",
    },
  },
  {
    type: /:TeleportUser$/,
    lost: {
      level: "disconnects",
      text: "the user cannot log in; password and second factors are deleted",
      allow: "user",
      back: gone("passwords and second factors of the user are gone; invite the user again"),
    },
  },
  {
    type: /:TeleportBotV1$/,
    lost: {
      level: "disconnects",
      text: "what runs as this bot can no longer log in",
      allow: "bot",
      back: gone("the bot's identity is gone; it joins again"),
    },
  },
  {
    type: /:TeleportAccessList$/,
    lost: {
      level: "disconnects",
      text: "members lose what it grants; who was added in Teleport is deleted with it",
      allow: "access-list",
      back: gone("members and reviews that were added in Teleport are gone"),
    },
  },
  {
    type: /:TeleportWorkloadIdentityV1$/,
    lost: {
      level: "outage",
      text: "workloads get no identity by it any more",
      allow: "workload-identity",
    },
  },
  {
    type: /:TeleportOktaImportRule$/,
    lost: {
      level: "outage",
      text: "apps and groups of Okta lose the labels that roles match",
      allow: "connector",
    },
  },
];
