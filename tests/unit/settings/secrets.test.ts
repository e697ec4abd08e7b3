import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { isRandom, isSecret, namesSecret, scrub } from "../../../settings/secret-shapes";
import { goodSettings, type Sections } from "./fixture";

/** Texts that are joined from parts, so that no scanner reports this file. */
const join = (...parts: string[]) => parts.join("");

const SECRETS: [title: string, text: string][] = [
  ["a GitHub token", join("ghp", "_abcdefghijklmnopqrstuvwxyz0123456789")],
  ["a fine-grained GitHub token", join("github", "_pat_11ABCDEFG0abcdefghijkl_abcdefgh")],
  ["a GitLab token", join("glpat", "-abcdefghij0123456789")],
  ["a Vault token", join("hvs", ".CAESIJ4nRk3xQ2ZbT0pY")],
  ["a JSON Web Token", join("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk")],
  ["an AWS key", join("AKIA", "IOSFODNN7EXAMPLQ")],
  ["a Google key", join("AIza", "SyA1234567890abcdefghijklmnopqrstuv")],
  ["a Slack token", join("xoxb", "-123456789012-abcdefghijkl")],
  [
    "a Slack webhook",
    join("https://hooks.slack.com/services/", "T00000000/B00000000/XXXXXXXXXXXX"),
  ],
  ["a Stripe key", join("sk", "_live_abcdefghijklmnop")],
  ["an npm token", join("npm", "_abcdefghijklmnopqrstuvwxyz0123456789")],
  [
    "a private key",
    join("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"),
  ],
  ["a password in an address", "https://admin:hunter2@grafana.example.com"],
  [
    "a password in a database's address",
    "postgres://teleport:hunter2@db:5432/teleport?sslmode=require",
  ],
  ["a password with an @ in it", "https://admin:hunt@er2@grafana.example.com"],
  ["a token in a query", "https://grafana.example.com/?access_token=hunter2"],
  ["a signed address", "https://x.blob.core.windows.net/a?sv=2022&sig=hunter2%3D"],
  ["a connection string", "host=db user=teleport password=hunter2"],
  ["a flag", "--api-key=hunter2"],
  ["a variable", "GRAFANA_TOKEN=hunter2"],
  ["a header", "Authorization: Bearer hunter2"],
  ["a flag and its value in one text", "--api-key hunter2"],
  ["a login of curl", "curl -u admin:hunter2 https://grafana.example.com"],
  ["an address of Go's drivers", "teleport:hunter2@tcp(db:3306)/teleport"],
  ["a Heroku key", join("HRKU", "-0123abcd-4567-89ef-0123-456789abcdef")],
  ["a Bitbucket password", join("ATBB", "0123456789abcdefghijklmn01234567")],
  ["a CircleCI token", join("CCIPAT", "_abcdefghij0123456789_0123456789")],
  ["a Sentry token", join("sntrys", "_eyJpYXQiOjE2MDAwMDAwMDAuMDAwMDAwfQ")],
  ["a Groq key", join("gsk", "_abcdefghijklmnopqrstuvwxyz0123456789")],
  ["a Twilio key", join("SK", "0123456789abcdef0123456789abcdef")],
  ["a client secret of Azure", join("abc8", "Q~abcdefghijklmnopqrstuvwxyz.0123456")],
  ["a Discord token", join("MTA1", "abcdefghijklmnopqrst.GabcDE.abcdefghijklmnopqrstuvwxyz0123")],
  [
    "a password's hash",
    join("admin:$2y", "$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234"),
  ],
  ["a password in a sentence", "Log in as admin, password: hunter2-horse"],
  ["basic credentials", join("Basic ", "YWRtaW46aHVudGVyMg==")],
];

const NO_SECRETS: string[] = [
  "The rule for a password: 16-char minimum, rotated every 90d.",
  "https://grafana.example.com/login?next=/dashboards",
  "ssh://git@github.com/example/repository",
  "Bearer {{internal.jwt}}",
  "Token required for access",
  "Basic authentication",
  "password=${PASSWORD}",
  "password=$(openssl rand -hex 24)",
  "vault kv put secret/a password=-",
  "docker run -u 1000:1000 image",
  "curl -u $USER:$PASSWORD https://x",
  "--token flag of the command",
  "--token-file=/var/run/token",
  "--token=$TOKEN",
  "?token={{external.token}}",
  "arn:aws:iam::123456789012:role/agent",
  "registry.example.com/image@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "subnet-0123456789abcdef0",
  "eks-workers-7ac1b4f5-3f2e-4d6a-9e1b-1a2b3c4d5e6f",
  "s3://recordings?region=eu-central-1",
];

describe("secrets by their shape", () => {
  for (const [title, text] of SECRETS) {
    it(`include ${title}, alone and in a text`, () => {
      assert.ok(isSecret(text));
      const shown = scrub(`before ${text}`);
      assert.match(shown, /^before /);
      assert.doesNotMatch(shown, /hunter2|er2@|abcdefgh|CAESIJ|IOSFODNN|MIIE|YWRtaW/);
    });
  }
  for (const text of NO_SECRETS) {
    it(`do not include ${text}`, () => {
      assert.equal(isSecret(text), false);
      assert.equal(scrub(text), text);
    });
  }
  it("include random words, but not names", () => {
    for (const word of [
      "9f86d081884c7d659a2feaa0c55ad015",
      "wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY0",
      "x7k2m9q4w8z1b5n3v6c0",
    ]) {
      assert.ok(isRandom(word), word);
    }
    for (const word of [
      "MyCompanyProductionKubernetesCluster01",
      "ip-10-0-12-34-eu-central-1-compute-internal",
      "7ac1b4f5-3f2e-4d6a-9e1b-1a2b3c4d5e6f",
      "a".repeat(54),
      "teleport-agent-production-2024",
    ]) {
      assert.equal(isRandom(word), false, word);
    }
  });
  it("are recognized by the names of credentials", () => {
    for (const name of [
      "Authorization",
      "X-Api-Key",
      "x-rapidapi-key",
      "PRIVATE-TOKEN",
      "client_secret",
      "dbPassword",
      "Ocp-Apim-Subscription-Key",
      "X-Vault-Token",
      "Cookie",
    ]) {
      assert.ok(namesSecret(name), name);
    }
    for (const name of [
      "X-Forwarded-For",
      "X-WEBAUTH-USER",
      "Accept",
      "secretName",
      "Sec-WebSocket-Key",
      "tokenizer",
    ]) {
      assert.equal(namesSecret(name), false, name);
    }
  });
});

const TOKEN = join("ghp", "_hunter2abcdefghijklmnopqrstuv");

/** A secret in the settings, and the path of the problem. */
const PLACES: [title: string, change: (s: Sections) => void, path: string][] = [
  ["a scalar", (s) => (s.clusterName = TOKEN), "clusterName"],
  [
    "a label",
    (s) => (s.agents["teleport-agent"].apps[0].labels = { a: TOKEN }),
    "agents.teleport-agent.apps[0].labels.a",
  ],
  [
    "a label by its key",
    (s) => (s.agents["teleport-agent"].apps[0].labels = { "api-token": "hunter2" }),
    "agents.teleport-agent.apps[0].labels.api-token",
  ],
  ["a tag", (s) => (s.aws.tags = { password: "hunter2" }), "aws.tags.password"],
  [
    "a description",
    (s) => (s.agents["teleport-agent"].apps[0].description = `see https://a:hunter2@b`),
    "agents.teleport-agent.apps[0].description",
  ],
  ["an unknown setting", (s) => (s.vault.token = "hunter2"), "vault.token"],
  [
    "an unknown setting inside a known one",
    (s) => (s.database.credentials.password = "hunter2"),
    "database.credentials.password",
  ],
  ["the address of Vault", (s) => (s.vault.address = "https://a:hunter2@vault"), "vault.address"],
  [
    "a chart's repository",
    (s) => (s.chart = { repository: "https://a:hunter2@charts" }),
    "chart.repository",
  ],
  [
    "a user name alone",
    (s) => (s.agents["teleport-agent"].apps[0].uri = "http://hunter2@app"),
    "agents.teleport-agent.apps[0].uri",
  ],
  [
    "the query of an app",
    (s) => (s.agents["teleport-agent"].apps[0].uri = "http://app/?api_key=hunter2"),
    "agents.teleport-agent.apps[0].uri",
  ],
  [
    "an argument",
    (s) =>
      (s.agents["teleport-agent"].apps[0] = {
        name: "coder",
        mcp: { command: "x", args: ["--password=hunter2"], runAsHostUser: "x" },
      }),
    "agents.teleport-agent.apps[0].mcp.args[0]",
  ],
  [
    "an argument after its flag",
    (s) =>
      (s.agents["teleport-agent"].apps[0] = {
        name: "coder",
        mcp: { command: "x", args: ["--password", "hunter2"], runAsHostUser: "x" },
      }),
    "agents.teleport-agent.apps[0].mcp.args[1]",
  ],
  [
    "the key of a header's secret",
    (s) =>
      (s.agents["teleport-agent"].apps[11].rewrite.headers[0].secret.key =
        "x7k2m9q4w8hunter2z1b5n3v6c0"),
    "agents.teleport-agent.apps[11].rewrite.headers[0].secret.key",
  ],
  [
    "a header of an app resource",
    (s) =>
      (s.resources = {
        apps: {
          web: {
            spec: {
              uri: "http://web",
              rewrite: { headers: [{ name: "X-Api-Key", value: "hunter2" }] },
            },
          },
        },
      }),
    "resources.apps.web.spec.rewrite.headers[0].value",
  ],
];

describe("secrets in settings", () => {
  for (const [title, change, path] of PLACES) {
    it(`are refused in ${title}, with a remedy, and not shown`, () => {
      const settings = goodSettings();
      change(settings);
      const { problems = [], warnings } = parseSettings(settings);
      const there = problems.filter((problem) => problem.path === `access-plane:${path}`);
      assert.equal(there.length, 1, JSON.stringify(problems));
      assert.match(there[0]?.message ?? "", /Vault|remove|Secret of the agent|`secret`/);
      assert.doesNotMatch(JSON.stringify([problems, warnings]), /hunter2/);
    });
  }

  it("are hidden in keys and paths too", () => {
    const settings = goodSettings();
    settings.agents[TOKEN] = {};
    settings.vault[TOKEN] = 1;
    const { problems = [] } = parseSettings(settings);
    assert.ok(
      problems.some(({ message }) => message.startsWith("is a key that looks like a secret")),
    );
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });

  it("are not found in public values", () => {
    const settings = goodSettings();
    settings.remoteAgents = {
      far: {
        join: {
          method: "kubernetes",
          type: "static_jwks",
          jwks: '{"keys":[{"kty":"RSA","n":"x7k2m9q4w8z1b5n3v6c0x7k2m9q4w8z1b5n3v6c0","e":"AQAB"}]}',
        },
      },
    };
    assert.deepEqual(parseSettings(settings).problems, undefined);
  });
});
