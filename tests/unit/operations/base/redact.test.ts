import * as assert from "node:assert/strict";
import {
  environmentSecrets,
  redact,
  redactInputs,
  redactText,
  SECRET,
} from "../../../../operations/base/redact";
import { HARMLESS, CANARY, LEAKS } from "./leak-cases";
import { PROGRAM_HARMLESS, PROGRAM_LEAKS } from "./leak-cases-programs";
import { KINDS, PROTECTED_NAMES } from "../../../../operations/kinds";

const TOKEN = ["hvs", "CAESIJ7Hq2xW9pLz4tQm1v"].join(".");
const KEY = ["-----BEGIN", "PRIVATE KEY-----"].join(" ");
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("redaction of text", () => {
  const leaks: [what: string, text: string][] = [
    ["a header with its scheme", `sent Authorization: Bearer ${CANARY} to the app`],
    ["a header in JSON", JSON.stringify({ headers: { authorization: `Bearer ${CANARY}` } })],
    ["a header of Basic", `proxy-authorization: Basic ${CANARY}`],
    ["a password in JSON", `{"user":"a","password":"${CANARY}"}`],
    ["a password in an argument", `psql --password=${CANARY} -h db`],
    ["a password in YAML", `auth:\n  clientSecret: "${CANARY}"\n`],
    ["an environment variable", `PGPASSWORD=${CANARY} psql`],
    ["user info of a URL", `cannot reach https://bot:${CANARY}@git.example.com/x.git`],
    ["a query string", `GET https://x.example.com/?a=1&access_token=${CANARY}&b=2`],
    ["a connection string", `postgres://teleport:${CANARY}@db:5432/state failed`],
    ["a private key", `bad key ${KEY}\n${CANARY}\n${KEY.replace("BEGIN", "END")}\nafter`],
    ["a private key that is cut off", `bad key ${KEY}\n${CANARY}`],
    ["an API key header", `X-Api-Key: ${CANARY}`],
    ["a cookie", `Cookie: session=${CANARY}`],
  ];
  for (const [what, text] of leaks) {
    it(`hides ${what}`, () => {
      const shown = redactText(text, []);
      assert.ok(!shown.includes(CANARY), shown);
      assert.ok(shown.includes(SECRET), shown);
      assert.equal(redactText(shown, []), shown, "the second time changes nothing");
    });
  }

  for (const [what, text, secret = CANARY] of [...LEAKS, ...PROGRAM_LEAKS]) {
    it(`hides ${what}`, () => {
      const shown = redactText(text, []);
      assert.ok(!shown.includes(secret), shown);
      assert.ok(shown.includes(SECRET), shown);
      assert.equal(redactText(shown, []), shown, "the second time changes nothing");
    });
  }

  it("hides secrets of the environment in every encoding", () => {
    const known = environmentSecrets({ VAULT_TOKEN: `${CANARY}/+x"` });
    const value = `${CANARY}/+x"`;
    for (const text of [
      JSON.stringify(value),
      encodeURIComponent(value),
      Buffer.from(value).toString("hex"),
      base64(`user:${value}`),
      base64(`xuser:${value} and more`),
      base64(base64(`xyuser:${value}`)),
      Buffer.from(value).toString("base64url"),
      Buffer.from(value).toString("hex").toUpperCase(),
      encodeURIComponent(encodeURIComponent(value)),
      Array.from(value, (sign) => `%${sign.charCodeAt(0).toString(16)}`).join(""),
      Array.from(value, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`).join(
        "",
      ),
      value.replaceAll('"', "&quot;"),
      `${value.slice(0, 7)}\u001b[1m${value.slice(7)}`,
    ]) {
      const shown = redactText(text, known);
      assert.ok(shown.includes(SECRET), shown);
      for (const part of [CANARY, base64(CANARY).slice(4, 20)]) assert.ok(!shown.includes(part));
    }
  });

  it("takes linear time for hostile text", () => {
    for (const part of [
      "a://a:",
      "x:1:b:c:",
      "a=<<X\n",
      "password:\n",
      "a.",
      "a-",
      '"a\\',
      "name: a/",
      "--password ",
      "<token>",
      "user,password\n",
      "a | password\n",
      "NAME  TOKEN\n",
      "Key Value\n",
      "AUTH a ",
      '<a "',
      '<a b="',
      "data:\n",
      '"stringData":{',
      '"stringData":{"a":"',
      "kind: Secret\ndata:\n  a:\n",
      "ACL SETUSER a ",
      "curl -b a ",
      "echo a ",
      "put-parameter --value ",
      "x\0",
      '("password",',
      "<name>password</name>",
    ]) {
      const started = Date.now();
      redactText(part.repeat(20_000), []);
      assert.ok(Date.now() - started < 5_000, part);
    }
  }).timeout(120_000);

  it("hides values of environment variables, also in base64", () => {
    const known = environmentSecrets({ VAULT_TOKEN: CANARY, PGPASSWORD: `${CANARY}/+` });
    for (const text of [`got ${CANARY}`, `data: ${base64(CANARY)}`, base64(`${CANARY}/+`)]) {
      const shown = redactText(text, known);
      assert.ok(!shown.includes(CANARY) && !shown.includes(base64(CANARY)), shown);
    }
  });

  it("hides tokens in base64", () => {
    const shown = redactText(`value ${base64(`token ${TOKEN}`)} refused`, []);
    assert.equal(shown, `value ${SECRET} refused`);
  });

  it("keeps the text around a secret, and texts about secrets", () => {
    assert.equal(
      redactText(`db says: password=${CANARY} refused by 10.0.0.1`, []),
      `db says: password=${SECRET} refused by 10.0.0.1`,
    );
    for (const text of [
      "the token of agent web is missing: teleport/agent-token",
      "namespace edge has no such Secret: create one there, and name it here.",
      "Vault answers 403 to a read of secret/data/teleport/web",
      "password: not found in Secret teleport-db",
      "https://teleport.example.com:443/web?lang=en",
      "Secret teleport/teleport-tls: 2 of 2 keys",
      "tokenName: teleport-agent",
      "error creating child token: Error making API request",
      "failed to create limited child token: unexpected EOF",
      'failed to create limited child token: Post "http://127.0.0.1:8200/v1/auth/token/create": dial tcp 127.0.0.1:8200: connect: connection refused',
      "failed to lookup token: context deadline exceeded",
      "kubernetes.secrets: Secret capsule-system/capsule-proxy has no key ca",
      "ssh://git@github.com/lumie/plane.git",
      "the token is teleport-agent",
      "https://example.com:443/web/cluster?lang=en",
      "--timeout 5m --stack prod",
      ...HARMLESS,
      ...PROGRAM_HARMLESS,
    ]) {
      assert.equal(redactText(text, []), text);
    }
  });
});

describe("redaction of messages about resources", () => {
  const names = ["database-credentials", "teleport-agent-token", "github-connector-github-secret"];

  it("keeps the loss by a refused change, and the flag that allows it", () => {
    const losses = KINDS.flatMap(({ lost, protectionOfLast }) => [lost, protectionOfLast]);
    for (const loss of losses.flatMap((one) => one?.text ?? [])) {
      for (const name of names) {
        const text = `  would delete VaultStaticSecret ${name}: ${loss}`;
        assert.equal(redactText(text), text);
      }
    }
    for (const kind of PROTECTED_NAMES) {
      const text = `If this is intended, add --allow ${kind}:${names.join(` --allow ${kind}:`)}`;
      assert.equal(redactText(text), text);
    }
  });

  it("keeps the condition that a step waits for", () => {
    for (const kind of ["VaultStaticSecret", "TeleportProvisionToken", "Secret"]) {
      for (const name of [...names, `teleport/${names[0] ?? ""}`]) {
        const text = `deploying 7/28: creating ${kind} ${name}: waiting for condition Ready=True, 27 s`;
        assert.equal(redactText(text), text);
      }
    }
  });

  it("keeps the reason why a secret could not be had, but no token in it", () => {
    const failures = [
      "failed to create limited child token: Error making API request.",
      'failed to create limited child token: Put "http://vault:8200/v1/x": dial tcp: i/o timeout',
      "could not renew the database password: the server answers 503",
      "Error looking up token: connection refused",
    ];
    for (const text of failures) assert.equal(redactText(text), text);
    const token = `hvs.${"CAESI".repeat(8)}`;
    assert.doesNotMatch(redactText(`failed to create limited child token: ${token}`), /CAESI/);
  });

  it("hides a value that is no sentence", () => {
    for (const text of [
      "VaultStaticSecret api-token: hunter2",
      "Secret api-token: hunter",
      "token: correct horse",
    ]) {
      assert.match(redactText(text), /: \[secret\]/, text);
    }
  });
});

describe("redaction of values", () => {
  const clean = (value: unknown) => {
    const text = JSON.stringify(redact(value));
    assert.ok(!text.includes(CANARY), text);
  };

  it("hides values by key, by name and by shape, at any depth", () => {
    clean({ spec: [{ password: CANARY }] });
    clean({ env: [{ name: "DB_PASSWORD", value: CANARY }] });
    clean({ headers: [{ name: "Authorization", value: `Bearer ${CANARY}` }] });
    clean({ headers: [`Authorization: Bearer ${CANARY}`, `X-Auth-Token: ${CANARY}`] });
    clean({ uri: `https://u:${CANARY}@app` });
    clean({ values: { deep: { clientSecret: CANARY } } });
    clean({ args: ["--token", CANARY, "--stack", "prod"] });
    clean({ headers: { "Set-Cookie": [`sid=${CANARY}`] } });
    clean({ user: { "client-key-data": CANARY } });
    assert.equal(redact(TOKEN), SECRET);
  });

  it("keeps references, names and values that are no texts", () => {
    const plain = {
      headers: ["Authorization: Bearer @@grafana/key@@"],
      client_secret: "secret://teleport-github/client-secret",
      secretName: "teleport-db",
      env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }],
      tokenTtl: 3600,
      enabled: true,
    };
    assert.deepEqual(redact(plain), plain);
  });

  it("shows a provision token's name if the token itself is no secret", () => {
    const bot = (joinMethod: string) => redact({ tbot: { joinMethod, token: "handler-iam" } });
    assert.deepEqual(bot("iam"), { tbot: { joinMethod: "iam", token: "handler-iam" } });
    assert.deepEqual(bot("token"), { tbot: { joinMethod: "token", token: SECRET } });
  });

  it("shows only the keys of a Secret", () => {
    const inputs = { metadata: { name: "x" }, stringData: { a: "plain" }, data: { b: "cGxhaW4=" } };
    assert.deepEqual(redactInputs("kubernetes:core/v1:Secret", inputs), {
      metadata: { name: "x" },
      stringData: { a: SECRET },
      data: { b: SECRET },
    });
  });
});
