import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Every setting with an address, and every fault of an address. */

interface Place {
  path: string;
  set: (settings: Sections, address: string) => void;
}

const agent = (s: Sections) => s.agents["teleport-agent"];
const resource = (s: Sections, collection: string, spec: object) =>
  (s.resources = { ...s.resources, [collection]: { one: { spec } } });
const database = (settings: Sections, uri: string, protocol = "postgres") =>
  (agent(settings).databases = [{ name: "one", protocol, uri }]);
const placed = (path: string, set: Place["set"]): Place => ({ path: `access-plane:${path}`, set });

const URLS: Place[] = [
  placed("agents.teleport-agent.apps[0].uri", (s, uri) => (agent(s).apps[0].uri = uri)),
  placed("apps.entries.one.uri", (s, uri) => (s.apps = { entries: { one: { uri } } })),
  placed("resources.apps.one.spec.uri", (s, uri) => resource(s, "apps", { uri })),
  placed("vault.address", (s, address) => (s.vault = { address })),
  placed("aws.endpoint", (s, endpoint) => (s.aws.endpoint = endpoint)),
  placed("chart.repository", (s, repository) => (s.chart = { repository })),
];

const HOSTS_WITH_PORT: Place[] = [
  placed("agents.teleport-agent.proxyAddress", (s, address) => {
    agent(s).proxyAddress = address;
    agent(s).insecureSkipProxyTLSVerify = false;
  }),
  placed("teleport.publicAddresses[0]", (s, one) => (s.teleport.publicAddresses = [one])),
  placed("agents.teleport-agent.databases[0].uri", (s, uri) => database(s, uri)),
  placed("resources.databases.one.spec.uri", (s, uri) =>
    resource(s, "databases", { protocol: "postgres", uri }),
  ),
  placed("resources.opensshServers.one.spec.addr", (s, addr) =>
    resource(s, "opensshServers", { addr, hostname: "one" }),
  ),
];

/** Invalid parts after a scheme, which are also invalid as the whole address. */
const WRONG = [
  "x:0",
  "x:00",
  "x:65536",
  "x:99999",
  "x:",
  "x :443",
  " x:443",
  "x y:443",
  "x:4 43",
  "x:+443",
  "x:-1",
  "x:1e3",
  "x:0x1bb",
  ":443",
  "..:443",
  ".x:443",
  "x..y:443",
  "-x-:443",
  "[::1:443",
  "[:::]:443",
  "::1:443",
  "1.2.3:443",
  "1.2.3.400:443",
  "wéb:443",
  `${"a".repeat(64)}:443`,
  "x:443:443",
];

function problemsAt({ path, set }: Place, address: string): string[] {
  const settings = goodSettings();
  set(settings, address);
  const { problems = [] } = parseSettings(settings);
  return problems.filter((one) => one.path === path).map(({ message }) => message);
}

describe("addresses in settings", () => {
  for (const place of URLS) {
    it(`are checked: ${place.path}`, () => {
      for (const wrong of WRONG) {
        const url = `https://${wrong}/x`;
        assert.equal(problemsAt(place, url).length, 1, url);
      }
      for (const url of ["x:443", "", "https://", "https:///x", "https://x/a b", "//x"]) {
        assert.equal(problemsAt(place, url).length, 1, url);
      }
      for (const url of ["https://x.example:443", "https://[2001:db8::1]:8443/a", "https://x_y"]) {
        assert.deepEqual(problemsAt(place, url), [], url);
      }
    });
  }

  for (const place of HOSTS_WITH_PORT) {
    it(`are checked: ${place.path}`, () => {
      for (const wrong of [
        ...WRONG,
        "x",
        "https://x:443",
        "x:443/a",
        "a@x:443",
        "x:443?a",
        "x#:443",
      ]) {
        assert.equal(problemsAt(place, wrong).length, 1, wrong);
      }
      const fine = ["lumie-infra.com:443", "teleport.teleport.svc:443"];
      for (const address of place.path.includes("publicAddr") ? fine.slice(0, 1) : fine) {
        const found = problemsAt(place, address).filter((message) => /port|host/i.test(message));
        assert.deepEqual(found, [], address);
      }
    });
  }

  it("have the schemes of a database's protocol", () => {
    const at = (protocol: string) =>
      placed("agents.teleport-agent.databases[0].uri", (s, uri) => database(s, uri, protocol));
    const fine: [string, string][] = [
      ["mongodb", "mongodb+srv://cluster.example.com"],
      ["mongodb", "mongodb://a:27017,b:27017/?replicaSet=rs0"],
      ["redis", "rediss://cache.example.com:6379?mode=cluster"],
      ["snowflake", "https://abc.snowflakecomputing.com"],
      ["clickhouse-http", "https://click.example.com:8443"],
      ["postgres", "db.example.com:5432"],
    ];
    for (const [protocol, uri] of fine) assert.deepEqual(problemsAt(at(protocol), uri), [], uri);
    const wrong: [string, string][] = [
      ["postgres", "postgres://db:5432"],
      ["mongodb", "mongodb://a:27017,b:0"],
      ["redis", "redis://x:99999"],
      ["mysql", "db"],
    ];
    for (const [protocol, uri] of wrong) {
      assert.equal(problemsAt(at(protocol), uri).length, 1, uri);
    }
  });

  it("may not be a chart repository over plain http", () => {
    const place = URLS.find(({ path }) => path.endsWith("repository")) as Place;
    assert.deepEqual(problemsAt(place, "http://charts.example.com"), [
      'is "http://charts.example.com", must be an https URL, as whoever changes a chart on the way takes over the cluster, with a valid host and port (1-65535).',
    ]);
  });

  it("are in-cluster only as SERVICE.NAMESPACE.svc, where the proxy is not verified", () => {
    const verdict = (proxyAddress: string) => {
      const settings = goodSettings();
      Object.assign(agent(settings), { proxyAddress, insecureSkipProxyTLSVerify: true });
      return parseSettings(settings).settings === undefined ? "refused" : "accepted";
    };
    const outside = [
      "1.2.3.4#.svc:443",
      "1.2.3.4?.svc:443",
      "evil.example/x.svc:443",
      "evil.example\\.svc:443",
      "a@b.svc:443",
      "1.2.3.4%23.svc:443",
      "1.2.3.4.svc:443",
      "evil.svc:443",
      "a.b.c.svc:443",
      ".svc:443",
      "..svc:443",
      "a..svc:443",
      "evil.example:443.svc:443",
      "[::1].svc:443",
      "[::1]:443",
      "teleport.teleport.svc.evil.example:443",
      "teleport.teleport.svc.cluster.local.evil.example:443",
      "teleport.teleport.svcx:443",
      "teleport.teleport.svc :443",
      "teleport.teleport.svc\n:443",
      "example.com:443",
    ];
    for (const address of outside) assert.equal(verdict(address), "refused", address);
    for (const address of ["teleport.teleport.svc:443", "x.y.svc.cluster.local:3080"]) {
      assert.equal(verdict(address), "accepted", address);
    }
  });

  it("may not lead an app to a proxy, wherever apps are declared", () => {
    const loops = [
      "https://lumie-infra.com",
      "https://LUMIE-INFRA.com:443/x",
      "http://lumie-infra.com.",
      "tcp://lumie-infra.com:443",
      "mcp+https://lumie-infra.com",
      "https://teleport.teleport.svc.cluster.local",
      "https://teleport.teleport.svc:443",
      "https://teleport.teleport",
      "https://umami.lumie-infra.com",
    ];
    for (const place of URLS.slice(0, 3)) {
      for (const url of loops) {
        const [message, ...more] = problemsAt(place, url);
        assert.match(message ?? "accepted", /^leads to /, `${place.path} ${url}`);
        assert.deepEqual(more, [], url);
      }
    }
  });

  it("are checked in stacks of other kinds too", () => {
    const apps = (uri: string, plane: object = { clusterName: "example.com" }) => ({
      kind: "apps",
      plane,
      apps: { agents: ["agent"], entries: { one: { uri } } },
    });
    const messages = (settings: Record<string, unknown>) =>
      (parseSettings(settings).problems ?? []).map(({ path, message }) => `${path} ${message}`);
    assert.deepEqual(messages(apps("http://one:0")), [
      'access-plane:apps.entries.one.uri is "http://one:0", and its port must be 1-65535.',
    ]);
    assert.deepEqual(messages(apps("https://example.com")), [
      'access-plane:apps.entries.one.uri leads to the proxy itself, "example.com": use the internal address of the app.',
    ]);
    // Only the outputs of the plane's stack say which proxy that is.
    assert.deepEqual(messages(apps("https://example.com", { stack: "o/p/s" })), []);
    assert.deepEqual(messages(apps("tcp://one", { stack: "o/p/s" })), [
      'access-plane:apps.entries.one.uri is "tcp://one", but a tcp app needs a port: write tcp://HOST:PORT.',
    ]);
  });
});
