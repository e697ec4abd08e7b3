import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Formats that CRDs and Kubernetes do not define: accepted and refused values. */

interface Format {
  set: (settings: Sections, value: unknown) => void;
  takes: readonly unknown[];
  refuses: readonly unknown[];
}

const agent = (s: Sections) => s.agents["teleport-agent"];
const resources = (s: Sections, more: object) => (s.resources = { ...s.resources, ...more });
const option = (name: string) => (s: Sections, value: unknown) =>
  resources(s, {
    roles: { dev: { spec: { options: { [name]: value } } } },
    users: { alice: { spec: { roles: ["dev"] } } },
  });
const list = (audit: object, owner: object = {}) => ({
  title: "On-call",
  owners: [{ name: "alice", ...owner }],
  grants: { roles: ["access"] },
  audit,
});
const enterprise = (s: Sections, more: object) => {
  Object.assign(s.teleport, { edition: "enterprise", licensePath: "teleport/licence" });
  resources(s, more);
};
const schedule = (regular: unknown, more: object = {}) => ({
  autoupdateConfigs: {
    "autoupdate-config": {
      spec: {
        agents: { mode: "enabled", strategy: "halt-on-error", ...more, schedules: { regular } },
      },
    },
  },
});
const amount = (name: string) => (s: Sections, value: unknown) =>
  (agent(s).resources = { requests: { [name]: value } });
const key = (more: object) =>
  JSON.stringify({ keys: [{ kty: "RSA", n: "x", e: "AQAB", ...more }] });

const FORMATS: Record<string, Format> = {
  "cores of a pod": {
    set: amount("cpu"),
    takes: ["500m", "2", "0.5", "1e1", "100u"],
    refuses: ["1Gi", "-1", "1 ", "1core", ".5", ""],
  },
  "bytes of a pod": {
    set: amount("memory"),
    takes: ["512Mi", "1G", "1e9", "1Pi"],
    refuses: ["512m", "1GB", "1gi", "1 Gi", "-1Gi"],
  },
  "kinds of resources of a pod": {
    set: (s, name) => (agent(s).resources = { limits: { [String(name)]: "1" } }),
    takes: ["ephemeral-storage", "hugepages-2Mi", "nvidia.com/gpu"],
    refuses: ["memry", "CPU", "memory ", "storage", "gpu"],
  },
  images: {
    set: (s, image) => (s.images = { headerProxy: image }),
    takes: ["caddy", "caddy:2.11.9", "reg.example.com:5000/a/b", `caddy@sha256:${"0".repeat(64)}`],
    refuses: ["x:", "x@sha256:abc", "x y", "https://x/y", "x//y", "/x", "x/", "-x", "x..y", "X"],
  },
  "the image with psql": {
    set: (s, image) =>
      (s.database.credentials = {
        source: "generated",
        path: "infra/db",
        bootstrap: { adminSecret: "admin", image },
      }),
    takes: ["postgres:15-alpine", "reg.example.com/postgres"],
    refuses: ["x:", "x y", "https://x/y", "x//y", "-x", `x:${"a".repeat(200)}`],
  },
  registries: {
    set: (s, registry) => (s.images = { registry }),
    takes: ["reg.example.com:5000", "reg.example.com/mirror/docker"],
    refuses: ["https://reg.example.com", "-reg", "reg:", "reg/"],
  },
  "public keys": {
    set: (s, jwks) =>
      (s.remoteAgents = { west: { join: { method: "kubernetes", type: "static_jwks", jwks } } }),
    takes: [key({}), '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}'],
    refuses: [
      "{}",
      "[]",
      '{"keys":[]}',
      key({ n: undefined }),
      key({ e: "" }),
      key({ d: "private" }),
      key({ kty: "oct" }),
      key({ kty: "none" }),
      '{"keys":[{"kty":"EC","crv":"P-256","x":"a"}]}',
    ],
  },
  require_session_mfa: {
    set: option("require_session_mfa"),
    takes: [1, 0, "true", "yes", "hardware_key_touch"],
    refuses: [true, 7, "touch"],
  },
  "idle times": {
    set: option("client_idle_timeout"),
    takes: ["0s", "1h30m", "0h0m0s"],
    refuses: ["never", "0", 0, "1d", "-1h"],
  },
  "modes of hosts' users": {
    set: option("create_host_user_mode"),
    takes: ["keep", "insecure-drop", "off", 3],
    refuses: ["Keep", "insecure_drop", true],
  },
  "months between reviews": {
    set: (s, frequency) =>
      enterprise(s, { accessLists: { ops: { spec: list({ recurrence: { frequency } }) } } }),
    takes: [0, 1, 3, 6, 12, "3", "1 month"],
    refuses: [2, 24, "often"],
  },
  "days of reviews": {
    set: (s, day_of_month) =>
      enterprise(s, { accessLists: { ops: { spec: list({ recurrence: { day_of_month } }) } } }),
    takes: [0, 1, 15, 31, "last"],
    refuses: [2, 30, "monday"],
  },
  "kinds of owners": {
    set: (s, membership_kind) =>
      enterprise(s, {
        accessLists: { alice: { spec: list({}) }, ops: { spec: list({}, { membership_kind }) } },
      }),
    takes: ["MEMBERSHIP_KIND_LIST", "MEMBERSHIP_KIND_USER", 1, 2],
    refuses: ["LIST", "user", 3],
  },
  "groups of automatic updates": {
    set: (s, groups) => resources(s, schedule(groups)),
    takes: [[{ name: "a", days: ["Mon"], start_hour: 0 }], [{ name: "a", days: ["*"] }]],
    refuses: [
      [{ days: ["Mon"] }],
      [{ name: "a" }],
      [
        { name: "a", days: ["*"] },
        { name: "a", days: ["*"] },
      ],
      [{ name: "a", days: ["Someday"] }],
      [{ name: "a", days: ["*"], start_hour: 24 }],
      [{ name: "a", days: ["*"], wait_hours: -1 }],
    ],
  },
  "strategies of automatic updates": {
    set: (s, more) =>
      resources(
        s,
        schedule(
          [
            { name: "a", days: ["*"] },
            { name: "b", days: ["*"], wait_hours: 1 },
          ],
          more as object,
        ),
      ),
    takes: [{ strategy: "halt-on-error", mode: "enabled" }],
    refuses: [
      { strategy: "time-based" },
      { strategy: "halt-on-failure" },
      { mode: "on" },
      { strategy: "halt-on-error", maintenance_window_duration: "1h" },
    ],
  },
  "consoles of AWS": {
    set: (s, uri) => (agent(s).apps = [{ name: "aws", uri, awsExternalId: "x" }]),
    takes: [
      "https://console.aws.amazon.com",
      "https://eu-central-1.console.aws.amazon.com/ec2",
      "https://console.amazonaws-us-gov.com",
      "https://us-gov-west-1.console.amazonaws-us-gov.com",
      "https://console.amazonaws.cn/console/home",
    ],
    refuses: ["https://evilconsole.aws.amazon.com", "https://console.aws.amazon.com.evil.example"],
  },
};

describe("formats of values", () => {
  for (const [title, { set, takes, refuses }] of Object.entries(FORMATS)) {
    it(`are checked: ${title}`, () => {
      const problems = (value: unknown) => {
        const settings = goodSettings();
        set(settings, value);
        return (parseSettings(settings).problems ?? []).map((one) => `${one.path} ${one.message}`);
      };
      for (const value of takes) assert.deepEqual(problems(value), [], JSON.stringify(value));
      for (const value of refuses) assert.notDeepEqual(problems(value), [], JSON.stringify(value));
    });
  }
});
