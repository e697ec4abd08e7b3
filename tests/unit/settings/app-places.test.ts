import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Apps in an agent's section, in the catalogue and as a resource have the same problems. */

type App = Record<string, unknown>;

const app = (more: object, uri = "http://web.web.svc:80"): App => ({ uri, ...more });
const headers = (...list: [string, string][]): App =>
  app({ rewrite: { headers: list.map(([name, value]) => ({ name, value })) } });
const SKIPPED =
  "Teleport skips such a header and passes the client's own on. For a value with braces use a `secret`, with secretHeaders: sidecar.";
const RANGES = "tcp://web";

/** An app and its problems, with the names of settings. */
const CASES: [App, ...string[]][] = [
  // Addresses
  [app({}, "HTTP://web:80")],
  [app({}, "HTTPS://web")],
  [app({}, "mcp+sse+https://web/mcp")],
  ...["TCP://web:22", "ftp://web", "web:80", "//web", "unix:///run/x", "udp://web:53"].map(
    (uri): [App, string] => [
      app({}, uri),
      `uri is ${JSON.stringify(uri)}, must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address.`,
    ],
  ),
  [app({}, "http://web:00"), 'uri is "http://web:00", and its port must be 1-65535.'],
  [
    app({}, "http://[fe80::1%eth0]:80"),
    'uri is "http://[fe80::1%eth0]:80", and has no valid host: write http://HOST:PORT.',
  ],
  // Headers
  [headers(["X-A", '{{regexp.replace(external.email, "^(.*)@x$", "$1")}}'])],
  [
    headers(["X-A", '{{regexp.replace(external.email, "(", "$1")}}']),
    `rewrite.headers[0].value has a pattern that is not a regular expression of Go (RE2): correct it. ${SKIPPED}`,
  ],
  [
    headers(["X-A", '{{regexp.replace(external.email, "^(\\S+)$", "$1")}}']),
    `rewrite.headers[0].value has a single backslash in a text: write two. ${SKIPPED}`,
  ],
  [headers(["Host", "web.example.com:8443"], ["X-Host", "https://any thing"])],
  [headers(["Host", "{{external.host}}"])],
  ...["https://web.example.com", "web example", "", "web:0"].map((value): [App, string] => [
    headers(["host", value]),
    "rewrite.headers[0].value must be a host with or without a port, as this header is Host.",
  ]),
  // Redirects
  [app({ rewrite: { redirect: ["web.example.com", "10.0.0.1"] } })],
  ...["https://web.example.com", "web.example.com:80", "*.example.com", "a b"].map(
    (host): [App, string] => [
      app({ rewrite: { redirect: [host] } }),
      `rewrite.redirect[0] is ${JSON.stringify(host)}, must be a host without scheme and port.`,
    ],
  ),
  // CORS
  [
    app({
      cors: {
        allowedOrigins: ["https://a.example.com", "http://localhost:3000"],
        allowedMethods: ["GET"],
      },
    }),
  ],
  [app({ cors: { allowedOrigins: ["*"], maxAgeSeconds: 600 } })],
  ...["https://a.example.com/x", "a.example.com", "https://", "https://a:0"].map(
    (origin): [App, string] => [
      app({ cors: { allowedOrigins: [origin] } }),
      `cors.allowedOrigins[0] is ${JSON.stringify(origin)}, must be an origin such as https://portal.example.com, without a path, or "*".`,
    ],
  ),
  [
    app({ cors: { allowedOrigins: ["*"], allowedMethods: ["GET POST"], exposedHeaders: ["X A"] } }),
    'cors.allowedMethods[0] is "GET POST", must be a method such as GET.',
    'cors.exposedHeaders[0] is "X A", must be the name of a header.',
  ],
  // Ports
  [app({ tcpPorts: [{ port: 100, endPort: 200 }, { port: 300 }] }, RANGES)],
  [
    app({ tcpPorts: [{ port: 100 }] }, "tcp://web:22"),
    "tcpPorts excludes port 22 in the uri: write the uri as tcp://web.",
  ],
  [
    app({ tcpPorts: [{ port: 100, endPort: 50 }] }, RANGES),
    "tcpPorts[0].endPort is 50, must be greater than port 100 or absent.",
  ],
];

/** The schema of the settings reports these in other words. */
const OWN_WORDS: [App, RegExp][] = [
  [app({ tcpPorts: [{ port: 0 }] }, RANGES), /^tcpPorts\[0\]\.port is 0, must be /],
  [app({ tcpPorts: [{ port: 99999 }] }, RANGES), /^tcpPorts\[0\]\.port is 99999, must be /],
  [
    app({ cors: { allowedOrigins: ["*"], maxAgeSeconds: -1 } }),
    /^cors\.maxAgeSeconds is -1, must be /,
  ],
];

const FIELDS: Record<string, string> = { maxAgeSeconds: "max_age", publicAddress: "public_addr" };
const inCrd = (key: string) => FIELDS[key] ?? key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** The app as a TeleportAppV3. */
function specOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(specOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [inCrd(key), specOf(item)]));
}

type Place = [path: string, set: (settings: Sections, value: App) => void];

const PLACES: Place[] = [
  [
    "agents.teleport-agent.apps[0]",
    (s, value) => (s.agents["teleport-agent"].apps = [{ name: "web", ...value }]),
  ],
  [
    "apps.entries.web",
    (s, value) => (s.apps = { registration: "static", entries: { web: value } }),
  ],
  [
    "resources.apps.web.spec",
    (s, value) => (s.resources = { apps: { web: { spec: specOf(value) } } }),
  ],
];

function said([path, set]: Place, value: App): string[] {
  const settings = goodSettings();
  set(settings, value);
  const below = `access-plane:${path}.`;
  return (parseSettings(settings).problems ?? [])
    .filter((problem) => problem.path.startsWith(below))
    .map((problem) => `${problem.path.slice(below.length)} ${problem.message}`);
}

/** With the names of settings, sorted. */
function asSettings(texts: readonly string[]): string[] {
  const names = new Map(
    [
      "allowedOrigins",
      "allowedMethods",
      "exposedHeaders",
      "maxAgeSeconds",
      "tcpPorts",
      "endPort",
    ].map((key) => [inCrd(key), key]),
  );
  return texts
    .map((text) =>
      text.replace(/^\S+/, (place) =>
        place.replace(/[a-z]+(?:_[a-z]+)+/g, (key) => names.get(key) ?? key),
      ),
    )
    .map((text) =>
      text.replace(/must be a DNS name in lower case.*/, "must be a host without scheme and port."),
    )
    .sort();
}

describe("apps", () => {
  for (const place of PLACES) {
    for (const [value, ...expected] of CASES) {
      it(`have the same problems at ${place[0]}: ${JSON.stringify(value)}`, () => {
        assert.deepEqual(asSettings(said(place, value)), expected.toSorted());
      });
    }
    for (const [value, expected] of OWN_WORDS) {
      it(`have one problem at ${place[0]}: ${JSON.stringify(value)}`, () => {
        const [text = "", ...more] = asSettings(said(place, value));
        assert.match(text, expected);
        assert.deepEqual(more, []);
      });
    }
  }
});
