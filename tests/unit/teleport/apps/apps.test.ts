import * as assert from "node:assert/strict";
import Ajv from "ajv";
import * as fs from "node:fs";
import * as fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import type { App } from "../../../../teleport/apps/app";
import { agentFor } from "../../../../inventory/app-assignment";
import { AGENT_LABEL, appMatchers, dynamicApp } from "../../../../teleport/apps/dynamic-app";
import { appsByRegistration, placeApps, type AppSettings } from "../../../../inventory/apps";
import { decide, isKubernetesLabel } from "../../../../teleport/apps/registration";
import { configSize } from "../../../../teleport/apps/size";
import { staticApp } from "../../../../teleport/apps/static-app";
import { app as appSchema, apps as appsSchema } from "../../../../settings/sections/app";

const CLUSTER = "example.com";
const POOL = "teleport-agent";

/** An app with the defaults of the settings. */
const declared = (settings: z.input<typeof appSchema>): App => appSchema.parse(settings);

/** Schema of TeleportAppV3's spec without additional properties. */
function specSchema(): object {
  const file = "sandbox/charts/teleport-cluster/crd-files/teleportappsv3.yaml";
  const crd = parse(fs.readFileSync(file, "utf8")) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: object } } } }[] };
  };
  const strict = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strict);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, v]) => [key, strict(v)]));
    return "properties" in copy ? { ...copy, additionalProperties: false } : copy;
  };
  return strict(crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec) as object;
}

/** Each kind of app, and its fields in both forms. */
const KINDS: Record<string, [z.input<typeof appSchema>, Record<string, unknown>]> = {
  "a web app": [
    { name: "grafana", uri: "http://grafana:80" },
    { uri: "http://grafana:80", public_addr: "grafana.example.com" },
  ],
  "a TCP app with ports": [
    { name: "db", uri: "tcp://db", tcpPorts: [{ port: 5432 }, { port: 6000, endPort: 6010 }] },
    {
      uri: "tcp://db",
      public_addr: "db.example.com",
      tcp_ports: [{ port: 5432 }, { port: 6000, end_port: 6010 }],
    },
  ],
  "an insecure upstream with a public address": [
    { name: "old", uri: "https://old", insecureSkipVerify: true, publicAddress: "o.example.com" },
    { uri: "https://old", public_addr: "o.example.com", insecure_skip_verify: true },
  ],
  "an app below every proxy's address": [
    { name: "any", uri: "http://any", useAnyProxyPublicAddress: true },
    { uri: "http://any", public_addr: "any.example.com", use_any_proxy_public_addr: true },
  ],
  "rewrites of redirects and claims": [
    { name: "r", uri: "http://r", rewrite: { redirect: ["r.internal"], jwtClaims: "none" } },
    {
      uri: "http://r",
      public_addr: "r.example.com",
      rewrite: { redirect: ["r.internal"], jwt_claims: "none" },
    },
  ],
  "cross-origin requests": [
    {
      name: "api",
      uri: "http://api",
      cors: {
        allowedOrigins: ["https://a.example.com"],
        allowedMethods: ["GET"],
        allowedHeaders: ["x-a"],
        exposedHeaders: ["x-b"],
        allowCredentials: true,
        maxAgeSeconds: 60,
      },
    },
    {
      uri: "http://api",
      public_addr: "api.example.com",
      cors: {
        allowed_origins: ["https://a.example.com"],
        allowed_methods: ["GET"],
        allowed_headers: ["x-a"],
        exposed_headers: ["x-b"],
        allow_credentials: true,
        max_age: 60,
      },
    },
  ],
  "the AWS console": [
    {
      name: "aws",
      uri: "https://console.aws.amazon.com/ec2/v2/home",
      cloud: "AWS",
      awsExternalId: "x",
    },
    {
      uri: "https://console.aws.amazon.com/ec2/v2/home",
      public_addr: "aws.example.com",
      cloud: "AWS",
      aws: { external_id: "x" },
    },
  ],
  "a cloud's API": [
    { name: "gcp", cloud: "GCP" },
    { uri: "cloud://GCP", public_addr: "gcp.example.com", cloud: "GCP" },
  ],
  "an MCP server over HTTP": [
    { name: "tools", uri: "mcp+https://tools/mcp" },
    { uri: "mcp+https://tools/mcp", public_addr: "tools.example.com" },
  ],
  "an MCP server of the agent": [
    { name: "m", mcp: { command: "serve", args: ["-v"], runAsHostUser: "teleport" } },
    {
      uri: "mcp+stdio://",
      public_addr: "m.example.com",
      mcp: { command: "serve", args: ["-v"], run_as_host_user: "teleport" },
    },
  ],
};

describe("the two forms of an app", () => {
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(specSchema());
  for (const [kind, [settings, fields]] of Object.entries(KINDS)) {
    it(`agree for ${kind}, and the object matches the operator's definition`, () => {
      const app = declared(settings);
      assert.deepEqual(staticApp(app, CLUSTER), { name: app.name, ...fields });
      const { spec } = dynamicApp(app, CLUSTER, POOL);
      assert.deepEqual(spec, fields);
      valid(spec);
      assert.deepEqual(valid.errors ?? [], []);
    });
  }

  it("differ in headers, labels, description and required apps, as in Teleport", () => {
    const app = declared({
      name: "a",
      uri: "http://a",
      description: "An app",
      labels: { team: "x" },
      requiredApps: ["b"],
      rewrite: { headers: [{ name: "Host", value: "a: b" }] },
    });
    const common = { uri: "http://a", public_addr: "a.example.com" };
    assert.deepEqual(staticApp(app, CLUSTER), {
      name: "a",
      ...common,
      description: "An app",
      labels: { team: "x" },
      required_apps: ["b"],
      rewrite: { headers: ["Host: a: b"] },
    });
    assert.deepEqual(dynamicApp(app, CLUSTER, POOL), {
      labels: { team: "x", [AGENT_LABEL]: POOL },
      description: "An app",
      spec: {
        ...common,
        required_app_names: ["b"],
        rewrite: { headers: [{ name: "Host", value: "a: b" }] },
      },
    });
  });

  it("are matched by the agents of one release only", () => {
    const [matcher] = appMatchers(POOL);
    const { labels } = dynamicApp(declared({ name: "a", uri: "http://a" }), CLUSTER, POOL);
    assert.deepEqual(labels, matcher?.labels);
    assert.notDeepEqual(appMatchers("other"), appMatchers(POOL));
  });

  it("never contain a secret's placeholder in an API object", () => {
    const headers = [{ name: "Authorization", secret: { key: "k" } }];
    const app = declared({ name: "a", uri: "http://a", rewrite: { headers } });
    assert.throws(() => dynamicApp(app, CLUSTER, POOL), /app a: a secret header cannot be/);
  });
});

describe("the registration of an app", () => {
  const plain = declared({ name: "a", uri: "http://a" });
  const secret = declared({
    name: "a",
    uri: "http://a",
    rewrite: { headers: [{ name: "Authorization", secret: { key: "k" } }] },
  });

  it("is dynamic without secrets and static with secrets, with the reason", () => {
    assert.deepEqual(decide(plain, "auto", { operator: true, injected: false }), {
      registration: "dynamic",
      cause: "free",
      reason: "nothing in it needs the agent's configuration, so its agent need not restart",
    });
    assert.deepEqual(decide(secret, "auto", { operator: true, injected: false }), {
      registration: "static",
      cause: "secret",
      reason: "a header has the value of the secret k, which no sidecar of the agent adds",
    });
    assert.equal(
      decide(plain, "static", { operator: true, injected: false }).registration,
      "static",
    );
  });

  it("is static if a label is invalid in Kubernetes", () => {
    const app = { ...plain, labels: { env: "prod and more" } };
    assert.deepEqual(decide(app, "auto", { operator: true, injected: false }), {
      registration: "static",
      cause: "label",
      reason: "label env is not valid for a Kubernetes object",
    });
    for (const [key, value] of [
      ["env", "prod"],
      ["example.com/env", ""],
      ["a".repeat(63), "b".repeat(63)],
    ] as const) {
      assert.ok(isKubernetesLabel(key, value), key);
    }
    for (const [key, value] of [
      ["*", "*"],
      ["a/b/c", "x"],
      ["a".repeat(64), "x"],
      ["-a", "x"],
      ["a", "x/y"],
      ["Upper.Prefix/a", "x"],
      ["", "x"],
    ] as const) {
      assert.ok(!isKubernetesLabel(key, value), `${key}=${value}`);
    }
  });
});

describe("agents that share a catalogue", () => {
  const names = Array.from({ length: 3000 }, (_, index) => `app-${String(index)}`);
  const agents = ["one", "two", "three"];

  it("get about the same number of apps each, in any order", () => {
    const counts = new Map<string | undefined, number>();
    for (const name of names) {
      const agent = agentFor(name, agents);
      assert.equal(agentFor(name, agents.toReversed()), agent);
      counts.set(agent, (counts.get(agent) ?? 0) + 1);
    }
    for (const count of counts.values()) assert.ok(count > 900 && count < 1100, String(count));
    assert.equal(counts.size, 3);
    assert.equal(agentFor("a", []), undefined);
  });

  it("move as few apps as possible when an agent is added or removed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.string(), (some, added) => {
        fc.pre(!some.includes(added));
        for (const name of names.slice(0, 100)) {
          const after = agentFor(name, [...some, added]);
          assert.ok(after === added || after === agentFor(name, some));
        }
      }),
    );
  });

  it("get the apps as the settings place them", () => {
    const settings = {
      agents: {
        one: { apps: [declared({ name: "own", uri: "http://own" })], dynamicApps: false },
        two: { apps: [], dynamicApps: true },
      },
      apps: appsSchema.parse({
        entries: {
          pinned: { uri: "http://pinned", agent: "two", registration: "static" },
          free: { uri: "http://free" },
        },
        agents: ["two"],
      }),
    } as unknown as AppSettings;
    const placed = placeApps(settings);
    assert.deepEqual(
      placed.map(({ app, release, registration }) => [app.name, release, registration]),
      [
        ["own", "one", "static"],
        ["pinned", "two", "static"],
        ["free", "two", "dynamic"],
      ],
    );
    const { staticApps, dynamicApps } = appsByRegistration("two", placed);
    assert.deepEqual(
      [staticApps.map((a) => a.name), dynamicApps.map((a) => a.name)],
      [["pinned"], ["free"]],
    );
    assert.equal(placeApps(settings), placed);
  });
});

describe("the size of an agent's configuration", () => {
  it("is at least the size of its ConfigMap", () => {
    const apps = Array.from({ length: 500 }, (_, index) =>
      staticApp(declared({ name: `app-${String(index)}`, uri: "http://app" }), CLUSTER),
    );
    const size = configSize(apps);
    assert.ok(size.configMap > JSON.stringify(apps).length);
    assert.ok(size.release > 0);
  });
});
