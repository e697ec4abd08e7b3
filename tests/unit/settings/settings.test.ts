import * as pulumi from "@pulumi/pulumi";
import * as assert from "node:assert/strict";
import { loadSettings, parseSettings } from "../../../settings/load";
import * as cases from "./cases";
import { goodSettings, type Sections } from "./fixture";
import { CHART_VERSION } from "../../../teleport/versions";

const lines = (found: readonly { path: string; message: string }[] = []) =>
  found.map(({ path, message }) => `${path} ${message}`);

describe("settings", () => {
  for (const [group, list] of Object.entries(cases)) {
    describe(`refused: ${group}`, () => {
      for (const { title, change, problems } of list) {
        it(title, () => {
          const settings = goodSettings();
          change(settings);
          assert.deepEqual(lines(parseSettings(settings).problems), problems);
          assert.ok(problems.length > 0);
        });
      }
    });
  }

  it("report all problems at once, of fields and between fields, with the original indices", () => {
    const s = goodSettings();
    s.nodePort = 80;
    s.agents["teleport-agent"].apps[2].uri = 5;
    s.agents["teleport-agent"].apps[5].publicAddress = "grafana.example.com";
    s.agents["teleport-agent"].apps[11].rewrite.headers[0].secret.key = "zot";
    s.loadBalancer.targets = {};
    s.teleport.sesionRecordings = s.teleport.sessionRecordings;
    delete s.teleport.sessionRecordings;
    const { problems = [] } = parseSettings(s);
    assert.deepEqual(
      problems.map(({ path }) => path.replace("access-plane:", "")),
      [
        // A misspelt key is not reported as missing too.
        "teleport.sesionRecordings",
        "nodePort",
        "agents.teleport-agent.apps[2].uri",
        "agents.teleport-agent.apps[5].publicAddress",
        "agents.teleport-agent.apps[11].rewrite.headers[0].secret.key",
        "loadBalancer.targets",
      ],
    );
  });

  it("report no false problems elsewhere if a section is invalid", () => {
    const s = goodSettings();
    delete s.clusterName;
    s.aws.region = 5;
    assert.deepEqual(lines(parseSettings(s).problems), [
      "access-plane:clusterName is missing; add it: teleport cluster name and public domain. Can never change.",
      "access-plane:aws.region is 5 (a number), must be an AWS region such as eu-central-1.",
    ]);
  });

  it("have the defaults of the reference deployment", () => {
    const { settings } = parseSettings({
      clusterName: "example.com",
      certificate: { issuer: { name: "letsencrypt" } },
      database: {
        host: "db",
        credentials: { source: "existing", path: "infra-db/teleport" },
      },
      teleport: { sessionRecordings: "s3://recordings" },
      agents: {
        "teleport-agent": {
          apps: [{ name: "coder", uri: "http://coder" }],
          insecureSkipProxyTLSVerify: true,
        },
      },
    });
    assert.ok(settings?.kind === "plane");
    assert.equal(settings.nodePort, 30443);
    assert.equal(settings.namespace.name, "teleport");
    assert.equal(settings.namespace.protect, true);
    assert.equal(settings.chart.version, CHART_VERSION);
    assert.equal(settings.certificate.secretName, "teleport-tls");
    assert.deepEqual(settings.certificate.privateKey, { algorithm: "ECDSA", size: 256 });
    assert.equal(settings.database.secretName, "infra-db-credentials");
    assert.equal(settings.database.auditDatabase, "teleport_audit");
    assert.equal(settings.database.sslMode, "verify-full");
    assert.equal(settings.teleport.proxyProtocol, "off");
    assert.equal(settings.teleport.auth.replicas, 2);
    assert.equal(settings.agents["teleport-agent"]?.replicas, 2);
    assert.equal(settings.loadBalancer, undefined);
    assert.deepEqual(settings.agents["teleport-agent"].apps[0]?.rewrite, {
      headers: [],
      redirect: [],
    });
  });

  it("give an RSA key the smallest size by default", () => {
    const s = goodSettings();
    s.certificate.privateKey = { algorithm: "RSA" };
    const { settings } = parseSettings(s);
    assert.ok(settings?.kind === "plane");
    assert.equal(settings.certificate.privateKey.size, 2048);
  });

  for (const uri of [
    "https://console.aws.amazon.com",
    "https://console.amazonaws-us-gov.com",
    "https://console.amazonaws.cn",
  ]) {
    it(`treat ${uri} as an AWS console`, () => {
      const s = goodSettings();
      Object.assign(s.agents["teleport-agent"].apps[3], { uri, awsExternalId: "x" });
      assert.deepEqual(lines(parseSettings(s).problems), []);
    });
  }

  it("allow templates that Teleport expands, alone and after a scheme", () => {
    const s = goodSettings();
    s.agents["teleport-agent"].apps[0].rewrite.headers = [
      { name: "Authorization", value: "Bearer {{internal.jwt}}" },
      { name: "X-User", value: '{{ external["login-name"] }}' },
      { name: "X-Mail", value: "{{email.local(external.email)}}" },
      { name: "X-Quote", value: 'a"b\\c$d&e/f#g: h\tü' },
    ];
    assert.deepEqual(lines(parseSettings(s).problems), []);
  });
});

describe("warnings of settings", () => {
  const warned = (change: (s: Sections) => void) => {
    const s = goodSettings();
    Object.assign(s.agents["teleport-agent"], {
      insecureSkipProxyTLSVerify: false,
      secretHeaders: "sidecar",
      proxyAddress: "lumie-infra.com:443",
      namespace: "agents",
    });
    s.teleport.proxy = { nodeSelector: { pool: "targets" } };
    assert.deepEqual(parseSettings(s).warnings, []);
    change(s);
    const { settings, warnings } = parseSettings(s);
    assert.ok(settings);
    return warnings.map(({ path }) => path.replace("access-plane:", ""));
  };
  const table: [string, (s: Sections) => void, string][] = [
    [
      "apps that the agent does not verify",
      (s) => {
        s.agents["teleport-agent"].insecureSkipProxyTLSVerify = true;
        delete s.agents["teleport-agent"].proxyAddress;
      },
      "agents.teleport-agent.insecureSkipProxyTLSVerify",
    ],
    [
      "databases that are found and not served",
      (s) => {
        const aws = [{ types: ["rds"], regions: ["eu-central-1"] }];
        s.agents.finder = { discovery: { group: "aws", aws } };
      },
      "agents.finder.discovery.aws[0].types",
    ],
    [
      "proxies on nodes that may not be targets",
      (s) => delete s.teleport.proxy,
      "loadBalancer.targets",
    ],
    [
      "an agent beside the plane",
      (s) => delete s.agents["teleport-agent"].namespace,
      "agents.teleport-agent.namespace",
    ],
    [
      "recordings with the role of the nodes",
      (s) => delete s.teleport.recordings,
      "teleport.recordings",
    ],
    ["no recordings", (s) => (s.teleport.sessionRecording = "off"), "teleport.sessionRecording"],
    ["pgbouncer's port", (s) => (s.database.port = 6432), "database.port"],
    [
      "an unprotected database",
      (s) => {
        s.database.sslMode = "prefer";
        delete s.database.caSecret;
      },
      "database.sslMode",
    ],
    [
      "a database by a bare name",
      (s) => {
        s.database.host = "db";
        delete s.database.caSecret;
      },
      "database.caSecret",
    ],
    [
      "Vault below the wildcard",
      (s) => (s.vault.address = "https://kv.lumie-infra.com"),
      "vault.address",
    ],
    [
      "targets that are a snapshot",
      (s) => (s.loadBalancer.targets = { instanceTags: { a: "b" } }),
      "loadBalancer.targets.instanceTags",
    ],
    [
      "clients that cannot reach their own node",
      (s) => (s.loadBalancer.internal = true),
      "loadBalancer.preserveClientIp",
    ],
    ["Vault without TLS", (s) => (s.vault.address = "http://vault:8200"), "vault.address"],
    ["another major version", (s) => (s.chart = { version: "17.0.0" }), "chart.version"],
    [
      "an unused secret",
      (s) => s.agents["teleport-agent"].credentials.keys.push("more"),
      "agents.teleport-agent.credentials.keys[2]",
    ],
    [
      "aws without a load balancer or recordings there",
      (s) => {
        delete s.loadBalancer;
        s.teleport = { sessionRecordings: "gs://recordings" };
      },
      "aws",
    ],
    [
      "one uri twice",
      (s) => (s.agents["teleport-agent"].apps[3].uri = "http://coder.coder.svc.cluster.local/"),
      "agents.teleport-agent.apps[3].uri",
    ],
    [
      "verification that is turned off without effect",
      (s) => (s.agents["teleport-agent"].apps[3].insecureSkipVerify = true),
      "agents.teleport-agent.apps[3].insecureSkipVerify",
    ],
    [
      "a release name of the maximum length",
      (s) => (s.agents = { ["a".repeat(53)]: s.agents["teleport-agent"] }),
      `agents.${"a".repeat(53)}`,
    ],
  ];
  for (const [title, change, path] of table) {
    it(title, () => assert.deepEqual(warned(change), [path]));
  }
  it("do not include Vault on this machine", () => {
    assert.deepEqual(
      warned((s) => (s.vault.address = "http://127.0.0.1:8200")),
      [],
    );
  });
});

describe("loading settings", () => {
  const load = (change: (config: Record<string, string>) => void, secretKeys: string[] = []) => {
    const config = Object.fromEntries(
      Object.entries(goodSettings()).map(([name, value]) => [
        `access-plane:${name}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    change(config);
    pulumi.runtime.setAllConfig(config, secretKeys);
    return loadSettings();
  };
  const refusal = (change: (config: Record<string, string>) => void, secretKeys: string[] = []) => {
    try {
      load(change, secretKeys);
    } catch (error) {
      assert.ok(pulumi.RunError.isInstance(error));
      return error.message;
    }
    throw new Error("these settings were not refused");
  };

  before(() =>
    pulumi.runtime.setMocks(
      { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
      "access-plane",
      "prod",
    ),
  );
  after(() => pulumi.runtime.setAllConfig({}));

  it("reads the stack's config", () => {
    assert.deepEqual(
      load(() => undefined),
      parseSettings(goodSettings()).settings,
    );
  });

  it("treats a name that looks like a number as text", () => {
    assert.match(
      refusal((config) => (config["access-plane:clusterName"] = "1234")),
      /access-plane:clusterName\n +is "1234", must be a domain/,
    );
  });

  it("reports everything in one message", () => {
    const message = refusal((config) => {
      config["access-plane:nodePort"] = "80";
      config["access-plane:agnets"] = "{}";
    });
    assert.equal(
      message,
      [
        '2 problems in the settings of stack "prod" (Pulumi.prod.yaml):',
        "  access-plane:nodePort",
        "      is 80, must be a node port, 30000-32767.",
        "  access-plane:agnets",
        "      is not a setting: did you mean access-plane:agents?",
      ].join("\n"),
    );
  });

  it("refuses an encrypted setting and does not show it", () => {
    const message = refusal(
      (config) => (config["access-plane:vault"] = JSON.stringify({ namespace: "hunter2" })),
      ["access-plane:vault"],
    );
    assert.match(message, /^1 problem .*\n +access-plane:vault\n +is encrypted, and settings end/);
    assert.doesNotMatch(message, /hunter2/);
  });

  it("reports a misspelt namespace, and ignores others", () => {
    assert.match(
      refusal((config) => (config["acess-plane:nodePort"] = "30444")),
      /acess-plane:nodePort\n +is not read: did you mean access-plane:nodePort\?/,
    );
    load((config) => (config["pulumi:disable-default-providers"] = '["*"]'));
  });
});
