import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { App } from "../../../../teleport/apps/app";
import { behindSidecar, CHECK_SCRIPT, headerProxyData } from "../../../../teleport/headers/inject";
import { issue } from "../../operations/verify/certificates";
import { CADDY, send, Sidecar } from "./caddy";

/** Bytes of the header lines in their order, without those of the connection. */
type Lines = [string, string][];

/** An app that answers with the received request. */
function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
  const hash = createHash("sha256");
  request.on("data", (part: Buffer) => hash.update(part));
  request.on("end", () => {
    const lines: Lines = [];
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      lines.push([request.rawHeaders[index] ?? "", request.rawHeaders[index + 1] ?? ""]);
    }
    const { method, url } = request;
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ method, url, lines, body: hash.digest("hex") }));
  });
}

interface Echoed {
  method: string;
  url: string;
  lines: Lines;
  body: string;
}

const app = (name: string, uri: string, key = "key", more: Partial<App> = {}): App => ({
  name,
  uri,
  useAnyProxyPublicAddress: false,
  labels: {},
  insecureSkipVerify: false,
  tcpPorts: [],
  requiredApps: [],
  commands: [],
  ...more,
  rewrite: {
    headers: [{ name: "X-Secret", secret: { key, prefix: "" } }],
    redirect: [],
    ...more.rewrite,
  },
});

/** As Teleport's agent sends requests. */
const FORWARDED = {
  "X-Forwarded-For": "203.0.113.9, 10.0.0.7",
  "X-Forwarded-Host": "wiki.example.com",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Server": "teleport",
  "X-Forwarded-Ssl": "on",
  "X-Real-Ip": "203.0.113.9",
  "Teleport-Jwt-Assertion": "signed-jwt",
  Cookie: "session=1; other=2",
  "User-Agent": "browser",
  Accept: "*/*",
};

/** Values that a shell, a template or a parser might take for more than text. */
const NASTY = [
  `a"b'c\`d\\e`,
  "$HOME ${HOME} $(id) %s %2F",
  "{{x}} {{internal.logins}} }}",
  "{env.HOME} {file./etc/hostname} {http.request.host}",
  "{http.vars.secret key} {$HOME}",
  "\\{a\\} \\n \\x41",
  "é ü 漢字 \u{1f600}",
  "tab\there; a=b, c: d",
  "x".repeat(8000),
];

describe("the sidecar's part of an app", () => {
  it("keeps the address, plain headers and the other settings of the app for Teleport", () => {
    const plain = { name: "Host", value: "wiki.example.com" };
    const secret = { name: "X-Secret", secret: { key: "key", prefix: "" } };
    const rewrite = { headers: [plain, secret], redirect: ["wiki"] };
    const local = (uri: string) => behindSidecar(app("wiki", uri, "key", { rewrite })).uri ?? "";
    assert.match(local("https://wiki.wiki:8443"), /^http:\/\/127\.\d+\.\d+\.\d+:8480$/);
    assert.match(local("http://wiki.wiki/start?x=1"), /^http:\/\/127[.\d]+:8480\/start\?x=1$/);
    assert.match(local("mcp+https://mcp.wiki/mcp"), /^mcp\+http:\/\/127[.\d]+:8480\/mcp$/);
    assert.match(local("mcp+sse+http://mcp.wiki/sse"), /^mcp\+sse\+http:\/\/127[.\d]+:8480\/sse$/);
    const seen = behindSidecar(app("wiki", "http://wiki", "key", { rewrite }));
    assert.deepEqual(seen.rewrite, { headers: [plain], redirect: ["wiki"] });
    assert.doesNotMatch(JSON.stringify(seen), /X-Secret/);
  });

  it("lists each use of a key once", () => {
    const { uses } = headerProxyData([app("b", "http://b"), app("a", "http://a", "other")]);
    assert.equal(uses, "a/other\nb/key\n");
  });
});

describe("the sidecar with the real Caddy", function () {
  this.timeout(60_000);
  let server: http.Server;
  let upstream: string;
  let sidecar: Sidecar;
  const stops: (() => void | Promise<void>)[] = [];
  const headersOf = (echoed: Buffer) => (JSON.parse(echoed.toString()) as Echoed).lines;
  const secretOf = (echoed: Buffer) =>
    headersOf(echoed)
      .filter(([name]) => name.toLowerCase() === "x-secret")
      .map(([, value]) => Buffer.from(value, "latin1").toString());

  before(async function () {
    if (CADDY === undefined) {
      console.log("      Caddy is not here: set-up builds it");
      return this.skip();
    }
    server = http.createServer({ maxHeaderSize: 65536 }, echo).listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    upstream = `http://localhost:${(server.address() as net.AddressInfo).port}`;
    server.on("upgrade", (request, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Got: ${String(request.headers["x-secret"])}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    sidecar = new Sidecar();
    sidecar.write("key", "first");
    sidecar.write("other", "second");
    const rewrite = {
      headers: [
        { name: "Host", value: "wiki.example.com" },
        { name: "X_Plain.Text", value: "kept" },
        { name: "Authorization", secret: { key: "other", prefix: "Bearer " } },
      ],
      redirect: [],
    };
    await sidecar.start([
      app("wiki", upstream),
      app("host", upstream, "other", { rewrite }),
      app("gone", "http://127.0.0.1:1"),
    ]);
    stops.push(
      () => sidecar.stop(),
      () => {
        server.closeAllConnections();
        server.close();
      },
    );
  });
  after(async () => {
    for (const stop of stops) await stop();
  });
  beforeEach(() => {
    sidecar.write("key", "first");
  });

  it("delivers values byte for byte, from the next request on", async () => {
    for (const value of NASTY) {
      for (const written of [value, `${value}\n`]) {
        sidecar.write("key", written);
        const [response, body] = await send({ ...sidecar.at("wiki"), path: "/" });
        assert.equal(response.statusCode, 200, value);
        assert.deepEqual(secretOf(body), [value]);
      }
    }
  });

  it("always replaces the client's own header, in any spelling", async () => {
    const headers = { "x-sEcReT": ["theirs", "again"], X_Secret: "under", "X.Secret": "dot" };
    const [, body] = await send({ ...sidecar.at("wiki"), path: "/", headers });
    const names = headersOf(body).filter(([, value]) => /theirs|again|under|dot/.test(value));
    assert.deepEqual(names, []);
    assert.deepEqual(secretOf(body), ["first"]);
  });

  it("changes nothing else in request and response", async () => {
    const request = {
      method: "PROPFIND",
      path: "/a%2Fb//c/../d;e?x=%20&y=ü&z=a;b".replace("ü", "%C3%BC"),
    };
    for (const headers of [FORWARDED, { Accept: "*/*" }]) {
      const direct = new URL(upstream);
      const [before, had] = await send(
        { host: direct.hostname, port: direct.port, ...request, headers },
        Buffer.from("body"),
      );
      const [after, has] = await send(
        { ...sidecar.at("wiki"), ...request, headers },
        Buffer.from("body"),
      );
      const sorted = (echoed: Buffer) => {
        const { lines, ...rest } = JSON.parse(echoed.toString()) as Echoed;
        const own = /^(connection|x-secret|user-agent)$/i;
        return {
          ...rest,
          lines: lines
            .filter(([name]) => !own.test(name))
            .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
            .sort(),
        };
      };
      assert.deepEqual(sorted(has), sorted(had));
      const answered = ({
        headers: { date, connection, "keep-alive": alive, ...rest },
      }: http.IncomingMessage) => {
        assert.ok([date, connection, alive].length > 0);
        return rest;
      };
      assert.deepEqual(
        { ...answered(after), "content-length": "" },
        { ...answered(before), "content-length": "" },
      );
    }
  });

  it("passes the app's own Host, and headers with _ and .", async () => {
    const headers = { Host: "wiki.example.com", "X_Plain.Text": "kept" };
    const [, body] = await send({ ...sidecar.at("host"), path: "/", headers });
    const lines = new Map(headersOf(body).map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(lines.get("host"), "wiki.example.com");
    assert.equal(lines.get("x_plain.text"), "kept");
    assert.equal(lines.get("authorization"), "Bearer second");
  });

  it("answers 502 if a key is missing or empty, and logs its name", async () => {
    for (const spoil of [
      () => {
        fs.rmSync(path.join(sidecar.secrets, "key"));
      },
      () => {
        sidecar.write("key", "");
      },
      () => {
        sidecar.write("key", "\n");
      },
    ]) {
      spoil();
      const [response, body] = await send({ ...sidecar.at("wiki"), path: "/" });
      assert.equal(response.statusCode, 502);
      assert.equal(body.length, 0);
      assert.equal(await sidecar.probe(), 502);
      const [other] = await send({ ...sidecar.at("host"), path: "/" });
      assert.equal(other.statusCode, 200);
    }
    assert.match(sidecar.log, /app wiki: key key of the agent's credentials is missing or empty/);
    sidecar.write("key", "first");
    assert.equal(await sidecar.probe(), 200);
  });

  it("answers 502 for a value that is invalid in a header, and if the app is down", async () => {
    sidecar.write("key", "hidden-a\nhidden-b");
    const [broken] = await send({ ...sidecar.at("wiki"), path: "/" });
    assert.equal(broken.statusCode, 502);
    sidecar.write("key", "first");
    const [away] = await send({ ...sidecar.at("gone"), path: "/", headers: FORWARDED });
    assert.equal(away.statusCode, 502);
  });

  it("sends the old or the new value during a change, and nothing else", async () => {
    const seen = new Map<string, number>();
    let value = 0;
    let changing = true;
    const worker = async () => {
      while (changing) {
        const least = value;
        const [, body] = await send({ ...sidecar.at("wiki"), path: "/" });
        const [secret = ""] = secretOf(body);
        assert.match(secret, /^(first|value-\d+)$/);
        if (secret !== "first") assert.ok(Number(secret.slice(6)) >= least, `${secret} ${least}`);
        seen.set(secret, (seen.get(secret) ?? 0) + 1);
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    for (let next = 1; next <= 20; next++) {
      await new Promise((done) => setTimeout(done, 30));
      sidecar.write("key", `value-${next}`);
      value = next;
    }
    changing = false;
    await Promise.all(workers);
    assert.ok(seen.size > 5, String(seen.size));
  });

  it("carries large bodies", async () => {
    const large = randomBytes(64 * 1024 * 1024);
    const [, body] = await send({ ...sidecar.at("wiki"), path: "/", method: "POST" }, large);
    const { body: hash } = JSON.parse(body.toString()) as Echoed;
    assert.equal(hash, createHash("sha256").update(large).digest("hex"));
  });

  it("keeps a WebSocket open during a rotation and a change of the configuration", async () => {
    const { host, port } = sidecar.at("wiki");
    const socket = net.connect(port, host);
    let text = "";
    socket.on("data", (data: Buffer) => (text += data.toString()));
    const until = async (wanted: RegExp) => {
      for (let tries = 0; !wanted.test(text); tries++) {
        assert.ok(tries < 100 && !socket.closed, text);
        await new Promise((done) => setTimeout(done, 50));
      }
    };
    socket.write(
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await until(/X-Got: first\r\n/);
    sidecar.write("key", "rotated");
    socket.write("one");
    await until(/one$/);
    sidecar.configure([
      app("wiki", upstream),
      app("new", upstream),
      app("host", upstream, "other"),
    ]);
    for (let tries = 0; ; tries++) {
      const answer = await send({ ...sidecar.at("new"), path: "/" }).catch(() => undefined);
      if (answer?.[0].statusCode === 200) break;
      assert.ok(tries < 100, sidecar.log);
      await new Promise((done) => setTimeout(done, 100));
    }
    socket.write("two");
    await until(/onetwo$/);
    socket.destroy();
  });

  it("verifies the app's certificate, unless the app's settings turn that off", async () => {
    const authority = await issue({ subject: "test", ca: true });
    const pair = await issue({ subject: "localhost", names: ["localhost"] }, authority);
    const secure = https.createServer({ cert: pair.pem, key: pair.key }, echo).listen(0);
    await new Promise((done) => secure.once("listening", done));
    const uri = `https://localhost:${(secure.address() as net.AddressInfo).port}`;
    const trusted = path.join(sidecar.directory, "ca.pem");
    fs.writeFileSync(trusted, authority.pem);
    const apps = [app("checked", uri), app("trusting", uri, "key", { insecureSkipVerify: true })];
    try {
      for (const [env, status] of [
        [{}, 502],
        [{ SSL_CERT_FILE: trusted }, 200],
      ] as const) {
        const other = new Sidecar(env);
        other.write("key", "first");
        await other.start(apps);
        const [checked] = await send({ ...other.at("checked"), path: "/" });
        const [trusting] = await send({ ...other.at("trusting"), path: "/" });
        await other.stop();
        assert.deepEqual([checked.statusCode, trusting.statusCode], [status, 200]);
      }
    } finally {
      secure.close();
    }
  });

  it("logs no secret and no header of a request", () => {
    assert.doesNotMatch(sidecar.log, /hidden-|session=1|signed-jwt|assertion|second/i);
    assert.match(sidecar.log, /gone|connection refused/);
  });
});

describe("the check of secrets at startup", () => {
  const run = (secrets: Record<string, string>) => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "check-"));
    for (const [key, value] of Object.entries(secrets)) {
      fs.writeFileSync(path.join(directory, key), value, "latin1");
    }
    const uses = path.join(directory, "uses");
    fs.writeFileSync(uses, "wiki/key\nforum/other\n");
    const done = spawnSync("sh", ["-c", CHECK_SCRIPT, "check-secrets", directory, uses], {
      encoding: "utf8",
    });
    fs.rmSync(directory, { recursive: true });
    return done;
  };

  it("accepts every valid header value", () => {
    for (const value of ["a", "a\n", "a\tb {{x}} $`\"'\\", "\u00c3\u00a9"]) {
      const { status, stderr } = run({ key: value, other: "b" });
      assert.deepEqual([status, stderr], [0, ""], value);
    }
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ["a missing key", { other: "b" }, /app wiki: key key of .* is missing/],
    ["an empty key", { key: "", other: "b" }, /app wiki: key key of .* is empty/],
    ["only a newline", { key: "\n", other: "b" }, /app wiki: key key of .* is empty/],
    ["two lines", { key: "hid\nden", other: "b" }, /app wiki: key key of .* control character/],
    ["a NUL", { key: "hidden\0", other: "b" }, /app wiki: key key of .* control character/],
    ["every fault at once", {}, /app wiki: [^]*app forum: key other of .* is missing/],
  ];
  for (const [what, secrets, message] of refused) {
    it(`refuses ${what}, with app and key in the message`, () => {
      const { status, stderr } = run(secrets);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /hid/);
    });
  }
});
