import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import { LiveCharts } from "../../../../operations/clients/charts";
import { endpointsOf, LiveDatabase } from "../../../../operations/clients/database";
import { NotVerifiable, Unreachable } from "../../../../operations/clients/errors";
import { LiveVault } from "../../../../operations/clients/vault";
import { hostPort } from "../../../../operations/verify/live-context";
import { parseSettings } from "../../../../settings/load";
import { goodSettings } from "../../settings/fixture";
import { authority, issue } from "../verify/certificates";
import { FakeKubernetes } from "../verify/fakes";
import { object } from "../verify/world";
import { CHART_VERSION } from "../../../../teleport/versions";

const LOGIN = { database: "teleport", user: "teleport", password: "not-real" };

describe("chart sources", () => {
  const answering = (answers: Record<string, () => Response>) => {
    const asked: string[] = [];
    const charts = new LiveCharts(process.cwd(), "https://charts.test", (url, { headers }) => {
      const bearer = (headers as Record<string, string>)["authorization"];
      asked.push(url);
      const answer = answers[bearer === undefined ? url : `${url} ${bearer}`];
      return Promise.resolve(answer?.() ?? new Response("", { status: 404 }));
    });
    return { charts, asked };
  };
  const index = "entries:\n  teleport-cluster:\n    - version: 17.6.0\n    - version: 17.5.2\n";

  it("find versions in a repository's index, and read it once", async () => {
    const { charts, asked } = answering({
      "https://charts.test/index.yaml": () => new Response(index),
    });
    assert.deepEqual(await charts.find({}, "teleport-cluster", "17.5.2"), { digest: undefined });
    assert.match(
      (await charts.find({}, "teleport-cluster", "17.5.9")).problem ?? "",
      /no teleport-cluster 17\.5\.9; newest is 17\.6\.0/,
    );
    assert.match((await charts.find({}, "teleport-kube-agent", "1.0.0")).problem ?? "", /no chart/);
    assert.equal(asked.length, 1);
  });

  it("query a registry, with an anonymous token if it requires one", async () => {
    const manifest = "https://registry.test/v2/charts/teleport-cluster/manifests/17.5.2";
    const { charts } = answering({
      [manifest]: () =>
        new Response("", {
          status: 401,
          headers: { "www-authenticate": 'Bearer realm="https://auth.test/token",service="r"' },
        }),
      "https://auth.test/token?service=r&scope=repository%3Acharts%2Fteleport-cluster%3Apull": () =>
        Response.json({ token: "anonymous" }),
      [`${manifest} Bearer anonymous`]: () => Response.json({}),
    });
    const oci = "oci://registry.test/charts";
    const there = await charts.find({ oci }, "teleport-cluster", "17.5.2");
    assert.equal(there.problem, undefined);
    assert.match(
      (await charts.find({ oci }, "teleport-cluster", "18.9.9")).problem ?? "",
      /has no teleport-cluster 18\.9\.9/,
    );
  });

  it("download an archive only if it has the source's digest", async () => {
    const archive = Buffer.from("an archive");
    const digest = createHash("sha256").update(archive).digest("hex");
    const entry = (told: string) =>
      `entries:\n  c:\n    - { version: 1.0.0, urls: [c-1.0.0.tgz], digest: "${told}" }\n`;
    const repository = (told: string) =>
      answering({
        "https://charts.test/index.yaml": () => new Response(entry(told)),
        "https://charts.test/c-1.0.0.tgz": () => new Response(archive),
      }).charts.archive({}, "c", "1.0.0");
    assert.deepEqual(await repository(digest), archive);
    await assert.rejects(repository("0".repeat(64)), /its source says sha256:0000/);
    const layer = {
      mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
      digest: `sha256:${digest}`,
    };
    const { charts } = answering({
      "https://registry.test/v2/x/c/manifests/1.0.0": () => Response.json({ layers: [layer] }),
      [`https://registry.test/v2/x/c/blobs/sha256:${digest}`]: () => new Response(archive),
    });
    assert.deepEqual(await charts.archive({ oci: "oci://registry.test/x" }, "c", "1.0.0"), archive);
    await assert.rejects(
      charts.archive({ oci: "oci://registry.test/x" }, "c", "9.0.0"),
      /has no c/,
    );
  });

  it("read a folder", async () => {
    const { charts } = answering({});
    const path = "sandbox/charts";
    const problem = async (chart: string, version: string) =>
      (await charts.find({ path }, chart, version)).problem;
    assert.equal(await problem("teleport-cluster", CHART_VERSION), undefined);
    assert.match((await problem("teleport-cluster", "1.0.0")) ?? "", /is version/);
    assert.match((await problem("other", "1.0.0")) ?? "", /no chart other/);
  });

  it("refuse a chart with another digest, from every source", async () => {
    const archive = Buffer.from("an archive");
    const manifest = '{ "layers": [] }';
    const { charts } = answering({
      "https://charts.test/index.yaml": () =>
        new Response("entries:\n  c:\n    - version: 1.0.0\n      urls: [c.tgz]\n"),
      "https://charts.test/c.tgz": () => new Response(archive),
      "https://registry.test/v2/c/manifests/1.0.0": () => new Response(manifest),
    });
    const sha256 = (content: string | Buffer) =>
      `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const folder = { path: "sandbox/charts" };
    const cluster = await charts.find(folder, "teleport-cluster", CHART_VERSION);
    assert.ok("digest" in cluster);
    const sources: [object, string, string, string | undefined][] = [
      [{}, "c", "1.0.0", sha256(archive)],
      [{ oci: "oci://registry.test" }, "c", "1.0.0", sha256(manifest)],
      [folder, "teleport-cluster", CHART_VERSION, cluster.digest],
    ];
    const other = `sha256:${"0".repeat(64)}`;
    for (const [source, chart, version, digest] of sources) {
      assert.deepEqual(await charts.find(source, chart, version, digest), { digest });
      const refused = await charts.find(source, chart, version, other);
      assert.match(refused.problem ?? "", new RegExp(`has ${digest ?? ""}, not ${other}`));
    }
  });
});

describe("Vault's answers", () => {
  const answers: Record<string, [status: number, body: object]> = {
    "/v1/secret/data/there": [200, { data: { data: { key: "value" } } }],
    "/v1/database/static-creds/none": [400, { errors: ["unknown role: none"] }],
    "/v1/secret/data/forbidden": [403, { errors: ["permission denied"] }],
  };
  let server: http.Server;
  let vault: LiveVault;
  const seen: http.IncomingHttpHeaders[] = [];
  before(async () => {
    server = http.createServer((request, response) => {
      seen.push(request.headers);
      const [status, body] = answers[request.url ?? ""] ?? [404, { errors: [] }];
      response.writeHead(status).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    vault = new LiveVault({
      address: `http://127.0.0.1:${port}/`,
      token: "a-token",
      namespace: "team",
    });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are data, nothing, or Vault's error message", async () => {
    assert.deepEqual(await vault.read("secret/data/there"), { data: { key: "value" } });
    assert.equal(await vault.read("secret/data/missing"), undefined);
    assert.equal(await vault.read("database/static-creds/none"), undefined);
    await assert.rejects(vault.read("secret/data/forbidden"), /403 .*permission denied/);
    assert.equal(seen[0]?.["x-vault-token"], "a-token");
    assert.equal(seen[0]["x-vault-namespace"], "team");
  });
});

describe("connections to PostgreSQL", () => {
  const kubernetes = new FakeKubernetes();
  kubernetes.objects.push(
    object("v1", "Service", "infra-db", {
      metadata: { namespace: "infra-db" },
      spec: { ports: [{ name: "postgresql", port: 5432 }] },
    }),
    object("discovery.k8s.io/v1", "EndpointSlice", "infra-db-1", {
      metadata: {
        namespace: "infra-db",
        labels: { "kubernetes.io/service-name": "infra-db" },
      },
      ports: [{ name: "postgresql", port: 1 }],
      endpoints: [
        { addresses: ["db.localhost"], conditions: { ready: true } },
        { addresses: ["10.0.0.9"], conditions: { ready: false } },
      ],
    }),
  );

  it("use the ready endpoints of an in-cluster name", async () => {
    assert.deepEqual(await endpointsOf(kubernetes, "infra-db.infra-db.svc.cluster.local", 5432), [
      { host: "db.localhost", port: 1 },
    ]);
    assert.deepEqual(await endpointsOf(kubernetes, "db.example.com", 5432), []);
  });

  it("are reported as unreachable, not as broken, if nothing answers from here", async () => {
    const { settings } = parseSettings(goodSettings());
    assert.ok(settings?.kind === "plane");
    delete settings.database.caSecret;
    const silent = { host: "127.0.0.1", port: 1 };
    const args = { namespace: "teleport", kubernetes, ca: [] };
    const database = new LiveDatabase({
      ...args,
      database: { ...settings.database, ...silent },
    });
    await assert.rejects(database.connect(LOGIN), (error: unknown) => {
      assert.ok(error instanceof Unreachable);
      assert.equal(error.message, "127.0.0.1:1: ECONNREFUSED");
      return true;
    });
    // Who names an address means this machine to reach it.
    const given = new LiveDatabase({ ...args, database: settings.database, address: silent });
    await assert.rejects(given.connect(LOGIN), (error: unknown) => {
      assert.ok(!(error instanceof Unreachable));
      assert.match(String(error), /--database-address 127\.0\.0\.1:1: ECONNREFUSED/);
      return true;
    });
  });

  describe("a certificate authority in a Secret of the plane's namespace", () => {
    const { settings } = parseSettings(goodSettings());
    assert.ok(settings?.kind === "plane");
    const caSecret = { name: "infra-db-ca", key: "ca.crt" };
    let server: net.Server;
    before(async () => {
      const { pem: cert, key } = await issue(
        { subject: "infra-db", names: [settings.database.host] },
        (await authority("infra-db")).root,
      );
      // PostgreSQL's answer to a client that asks for TLS, followed by TLS.
      server = net.createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => {
          socket.write("S");
          const secured = new tls.TLSSocket(socket, { isServer: true, cert, key });
          secured.on("error", () => undefined);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(() => server.close());
    const connect = (namespaceIsThere: boolean) => {
      const cluster = new FakeKubernetes();
      const metadata = { namespace: undefined };
      if (namespaceIsThere)
        cluster.objects.push(object("v1", "Namespace", "teleport", { metadata }));
      return new LiveDatabase({
        database: { ...settings.database, caSecret },
        // They always include the machine's own authorities.
        ...{ namespace: "teleport", kubernetes: cluster, ca: [...tls.rootCertificates] },
        address: { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port },
      }).connect(LOGIN);
    };

    it("does not exist before the first deployment, unless the caller passes it", async () => {
      await assert.rejects(connect(false), (error: unknown) => {
        assert.ok(error instanceof NotVerifiable, String(error));
        assert.match(error.message, /Secret infra-db-ca .*--ca-file/);
        return true;
      });
    });

    it("is a failure if the namespace exists but not the Secret", async () => {
      await assert.rejects(connect(true), /Secret infra-db-ca .* has no key ca\.crt/);
    });
  });

  it("is used with an explicit address", () => {
    assert.deepEqual(hostPort("127.0.0.1:15432"), { host: "127.0.0.1", port: 15432 });
    assert.deepEqual(hostPort("[::1]:5432"), { host: "::1", port: 5432 });
    assert.throws(() => hostPort("infra-db"), /write HOST:PORT/);
  });
});
