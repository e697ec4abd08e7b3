import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Every setting whose host must not be one that the plane itself serves. */

type Place = [setting: string, set: (settings: Sections, host: string) => void];

const agent = (s: Sections) => s.agents["teleport-agent"];
const connector = (s: Sections, collection: string, spec: object) => {
  const edition = { edition: "enterprise", licensePath: "teleport/license" };
  Object.assign(s.teleport, edition);
  s.resources = { [collection]: { sso: { spec } } };
};
const repository = (path: string) => (s: Sections, host: string) => {
  s.images = { [path]: `${host}/mirror/teleport` };
};

const PLACES: Place[] = [
  ["vault.address", (s, host) => (s.vault = { address: `https://${host}:8200` })],
  ["chart.repository", (s, host) => (s.chart = { repository: `https://${host}/charts` })],
  ["chart.oci", (s, host) => (s.chart = { oci: `oci://${host}/charts` })],
  ["aws.endpoint", (s, host) => (s.aws.endpoint = `https://${host}`)],
  ["database.host", (s, host) => (s.database.host = host)],
  [
    "teleport.sessionRecordings",
    (s, host) => {
      s.teleport = { sessionRecordings: `s3://bucket?endpoint=${host}:9000` };
    },
  ],
  [
    "teleport.sessionRecordings",
    (s, host) => {
      s.teleport = { sessionRecordings: `s3://bucket?endpoint=https%3A%2F%2F${host}` };
    },
  ],
  ["images.registry", (s, host) => (s.images = { registry: `${host}:5000/mirror` })],
  ["images.teleport", repository("teleport")],
  ["images.operator", repository("operator")],
  ["images.headerProxy", repository("headerProxy")],
  ["images.render", repository("render")],
  [
    "database.credentials.bootstrap.image",
    (s, host) => {
      const bootstrap = { adminSecret: "admin", image: `${host}/postgres:17` };
      s.database.credentials = { source: "generated", path: "infra-db/teleport", bootstrap };
    },
  ],
  [
    "resources.oidcConnectors.sso.spec.issuer_url",
    (s, host) => connector(s, "oidcConnectors", { issuer_url: `https://${host}/realms/staff` }),
  ],
  [
    "resources.samlConnectors.sso.spec.entity_descriptor_url",
    (s, host) => connector(s, "samlConnectors", { entity_descriptor_url: `https://${host}/saml` }),
  ],
  [
    "resources.githubConnectors.sso.spec.endpoint_url",
    (s, host) => connector(s, "githubConnectors", { endpoint_url: `https://${host}` }),
  ],
  [
    "remoteAgents.west.join.issuer",
    (s, host) => {
      const join = { method: "kubernetes", type: "oidc", issuer: `https://${host}` };
      s.remoteAgents = { west: { join } };
    },
  ],
  [
    "agents.teleport-agent.databases[0].uri",
    (s, host) => {
      agent(s).databases = [{ name: "orders", protocol: "postgres", uri: `${host}:5432` }];
    },
  ],
  [
    "resources.databases.orders.spec.uri",
    (s, host) => {
      s.resources = {
        databases: { orders: { spec: { protocol: "mongodb", uri: `mongodb://${host}` } } },
      };
    },
  ],
];

describe("addresses that the plane must not serve itself", () => {
  const findings = ([setting, set]: Place, host: string) => {
    const settings = goodSettings();
    set(settings, host);
    const { problems = [], warnings } = parseSettings(settings);
    const of = (list: readonly { path: string; message: string }[]) =>
      list.flatMap(({ path, message }) =>
        path === `access-plane:${setting}` && message.startsWith("is at ") ? [message] : [],
      );
    return { problems: of(problems), warnings: of(warnings) };
  };

  for (const place of PLACES) {
    it(`are found in ${place[0]}`, () => {
      const app = findings(place, "zot.lumie-infra.com");
      assert.deepEqual(app.problems, [
        `is at zot.lumie-infra.com, where Teleport serves the app "zot", so programs would get Teleport's login: use another address.`,
      ]);
      assert.match(
        findings(place, "lumie-infra.com").problems.join(),
        /^is at lumie-infra\.com, the cluster's own name/,
      );
      const below = findings(place, "own.lumie-infra.com");
      assert.match(below.warnings.join(), /^is at own\.lumie-infra\.com, below clusterName/);
      assert.deepEqual(below.problems, []);
      const elsewhere = findings(place, "own.example.com");
      assert.deepEqual(elsewhere, { problems: [], warnings: [] });
    });
  }

  it("are not looked for in images without a registry", () => {
    const settings = goodSettings();
    settings.images = { headerProxy: "caddy:2.11.9", render: "library/busybox" };
    assert.deepEqual(parseSettings(settings).problems ?? [], []);
  });
});
