import { hostAndPort, urlFault, urlHost } from "../address";
import { PLACEHOLDER, type Header } from "../headers/header";
import {
  headerNameFault,
  headerValueFaults,
  trustedHeaderAdvice,
  trustedTrait,
} from "../headers/rules";
import { quoted } from "../quoted";
import { type At, type Fault, faultAt, when } from "../checks/fault";
import { AGENT_LABEL } from "./dynamic-app";
import type { App } from "./app";

/**
 * Checks of one app, whether it is in an agent's section, in the catalogue or a TeleportAppV3.
 * Source: api/types/app.go and lib/srv/app of Teleport 18.
 */

/** An app to check. Its headers may have no value. */
export type CheckedApp = Omit<App, "rewrite"> & {
  rewrite: { headers: (Header | { name: string })[]; redirect: string[] };
};

/** The name of a setting in the form of the app (settings or TeleportAppV3). */
export type Names = (setting: string) => string;

/** Consoles of AWS's partitions. Source: api/constants/aws.go of Teleport 18. */
const AWS_CONSOLES = [
  "console.aws.amazon.com",
  "console.amazonaws-us-gov.com",
  "console.amazonaws.cn",
];

const WEB = ["http", "https"];
const SCHEME = /^([Hh][Tt][Tt][Pp][Ss]?|tcp|cloud|mcp\+stdio|mcp\+(?:sse\+)?https?):\/\//;

/** The scheme of an app's address. Teleport takes http and https in any case, and others as they are written. */
const schemeOf = (uri = "") => SCHEME.exec(uri)?.[1]?.toLowerCase();

const portOf = (uri: string) => /^[^:]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(uri)?.[1];

/** Whether an address is an AWS console, in any partition and region. */
export function isAwsConsole(uri = ""): boolean {
  const host = urlHost(uri);
  return host !== undefined && AWS_CONSOLES.some((one) => host === one || host.endsWith(`.${one}`));
}

function addressFaults({
  uri,
  cloud,
  mcp,
  tcpPorts,
  rewrite,
  insecureSkipVerify,
}: CheckedApp): Fault[] {
  const at = ["uri"];
  const skip = (why: string): Fault[] =>
    when(insecureSkipVerify, ["insecureSkipVerify"], `has no effect, because ${why}.`, {
      warning: true,
    });
  if (uri === undefined) {
    return cloud === undefined && mcp === undefined
      ? [
          {
            at,
            message: "is missing; add it: internal address, reachable from the agent's pods.",
            involves: [["cloud"], ["mcp"]],
          },
        ]
      : skip("the app has no uri");
  }
  const scheme = schemeOf(uri);
  if (scheme === undefined) {
    const forms = "http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s)://";
    return faultAt(at, `is ${JSON.stringify(uri)}, must be an ${forms} address.`);
  }
  if (scheme === "mcp+stdio") {
    const message = "starts a program in the agent, which mcp has to name: add it.";
    return when(mcp === undefined, ["mcp"], message, { involves: [at] });
  }
  if (scheme === "cloud") return [];
  const fault = urlFault(uri);
  if (fault !== undefined) return [{ at, message: fault }];
  const tcp = scheme === "tcp";
  const faults = scheme.endsWith("https") ? [] : skip("the uri is not https");
  if (tcp && portOf(uri) === undefined && tcpPorts.length === 0) {
    faults.push({
      at,
      message: `is "${uri}", but a tcp app needs a port: write tcp://HOST:PORT.`,
      involves: [["tcpPorts"]],
    });
  }
  if (tcp && (rewrite.headers.length > 0 || rewrite.redirect.length > 0)) {
    const message = "has no effect on a tcp:// app, which has no headers: remove it.";
    faults.push({ at: ["rewrite"], message, involves: [at] });
  }
  return faults;
}

function portFaults({ uri, tcpPorts }: CheckedApp): Fault[] {
  const at = ["tcpPorts"];
  if (tcpPorts.length === 0) return [];
  const port = uri === undefined ? undefined : portOf(uri);
  const place: Fault[] =
    schemeOf(uri) !== "tcp"
      ? [{ at, message: "needs a tcp:// uri: remove it.", involves: [["uri"]] }]
      : when(
          port !== undefined,
          at,
          `excludes port ${port} in the uri: write the uri as tcp://${urlHost(uri ?? "") ?? "HOST"}.`,
          { involves: [["uri"]] },
        );
  const ports = tcpPorts.flatMap(({ port: first, endPort }, index): Fault[] => {
    const wrong = [first, endPort ?? first].find((one) => !(one >= 1 && one <= 65535));
    if (wrong !== undefined) {
      const key = wrong === first ? "port" : "endPort";
      return [{ at: [...at, index, key], message: `is ${wrong}, must be 1-65535.` }];
    }
    if (endPort === undefined || endPort > first) return [];
    return faultAt(
      [...at, index, "endPort"],
      `is ${endPort}, must be greater than port ${first} or absent.`,
      { involves: [[...at, index, "port"]] },
    );
  });
  return [...place, ...ports];
}

function corsFaults({ uri, cors }: CheckedApp): Fault[] {
  if (cors === undefined) return [];
  const scheme = schemeOf(uri);
  const faults: Fault[] = [];
  if (scheme !== undefined && !WEB.includes(scheme)) {
    const message = "has no effect on an app that is not http(s): remove it.";
    faults.push({ at: ["cors"], message, involves: [["uri"]] });
  }
  if (cors.allowCredentials && cors.allowedOrigins.includes("*")) {
    faults.push({
      at: ["cors", "allowCredentials"],
      message: 'is true with the origin "*", which browsers refuse: name the origins.',
      involves: [["cors", "allowedOrigins"]],
    });
  }
  return [...faults, ...corsListFaults(cors), ...maxAgeFaults(cors)];
}

const ORIGIN = /^(https?):\/\/([^/?#]+)$/;
/** A method or a name of a header. Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Lists that browsers compare as texts, so another form never fits. */
function corsListFaults(cors: NonNullable<CheckedApp["cors"]>): Fault[] {
  const isOrigin = (text: string) =>
    text === "*" || text === "null" || (ORIGIN.test(text) && urlFault(text) === undefined);
  const isToken = (text: string) => TOKEN.test(text);
  const lists: [
    "allowedOrigins" | "allowedMethods" | "allowedHeaders" | "exposedHeaders",
    (text: string) => boolean,
    string,
  ][] = [
    [
      "allowedOrigins",
      isOrigin,
      'must be an origin such as https://portal.example.com, without a path, or "*"',
    ],
    ["allowedMethods", isToken, "must be a method such as GET"],
    ["allowedHeaders", isToken, "must be the name of a header"],
    ["exposedHeaders", isToken, "must be the name of a header"],
  ];
  return lists.flatMap(([key, fits, form]) =>
    [...cors[key].entries()]
      .filter(([, text]) => !/\p{Cc}/u.test(text) && !fits(text))
      .map(([i, text]) => ({ at: ["cors", key, i], message: `is ${quoted(text)}, ${form}.` })),
  );
}

const maxAgeFaults = ({ maxAgeSeconds: age }: NonNullable<CheckedApp["cors"]>): Fault[] =>
  when(
    age !== undefined && !(age >= 0 && age <= 86400),
    ["cors", "maxAgeSeconds"],
    `is ${String(age)}, must be 0 to 86400 seconds.`,
  );

/** Hosts whose redirects are rewritten. */
const redirectFaults = ({ rewrite: { redirect } }: CheckedApp): Fault[] =>
  [...redirect.entries()]
    .filter(([, host]) => hostAndPort(host) === undefined || hostAndPort(host)?.port !== undefined)
    .map(([i, host]) => ({
      at: ["rewrite", "redirect", i],
      message: `is ${quoted(host)}, must be a host without scheme and port.`,
    }));

/** Settings that exclude each other. */
function kindFaults(app: CheckedApp, names: Names): Fault[] {
  const { uri, mcp, cloud } = app;
  const faults: Fault[] = [];
  if (mcp !== undefined && uri !== undefined && schemeOf(uri) !== "mcp+stdio") {
    const message = "starts a server in the agent and excludes a uri: remove one of them.";
    faults.push({ at: ["mcp"], message, involves: [["uri"]] });
  }
  if (mcp !== undefined && cloud !== undefined) {
    const message = `excludes cloud ${cloud}: remove one of them.`;
    faults.push({ at: ["mcp"], message, involves: [["cloud"]] });
  }
  if (app.awsExternalId !== undefined && cloud !== "AWS" && !isAwsConsole(uri)) {
    const message = "needs cloud AWS: remove it.";
    faults.push({ at: ["awsExternalId"], message, involves: [["cloud"], ["uri"]] });
  }
  if (app.useAnyProxyPublicAddress && app.publicAddress !== undefined) {
    faults.push({
      at: ["useAnyProxyPublicAddress"],
      message: `excludes ${names("publicAddress")}: remove one of them.`,
      involves: [["publicAddress"]],
    });
  }
  if (app.requiredApps.includes(app.name)) {
    const index = app.requiredApps.indexOf(app.name);
    const message = `is "${app.name}", the app itself: remove it.`;
    faults.push({ at: ["requiredApps", index], message });
  }
  return faults;
}

const LABEL_KEY = /^[A-Za-z0-9/._*-]+$/;

function labelFaults({ labels }: CheckedApp): Fault[] {
  return Object.keys(labels).flatMap((key): Fault[] => {
    const at = ["labels", key];
    if (!LABEL_KEY.test(key)) {
      const message = "is not a Teleport label (letters, digits and / . _ - *): rename it.";
      return [{ at, message }];
    }
    return when(
      /^teleport\.(internal|hidden)\//.test(key),
      at,
      "is a label that Teleport reserves: rename it.",
    );
  });
}

/** Texts of an app that must be one line. */
function lineFaults({ cors, mcp, awsExternalId }: CheckedApp): Fault[] {
  const lists = ["allowedOrigins", "allowedMethods", "allowedHeaders", "exposedHeaders"] as const;
  const texts: [At, string][] = [
    ...lists.flatMap((key) =>
      (cors?.[key] ?? []).map((text, i): [At, string] => [["cors", key, i], text]),
    ),
    [["mcp", "command"], mcp?.command ?? ""],
    [["mcp", "runAsHostUser"], mcp?.runAsHostUser ?? ""],
    [["awsExternalId"], awsExternalId ?? ""],
  ];
  return texts
    .filter(([, text]) => /\p{Cc}/u.test(text))
    .map(([at]) => ({ at, message: "must be one line without control characters." }));
}

/** Fault of a text that the renderer of secret headers would mistake for a placeholder. */
export const MARK_FAULT =
  "contains @@…/…@@, which this program uses as a placeholder for secrets: write it differently.";

function markFaults({ uri, description, labels, mcp }: CheckedApp): Fault[] {
  const texts: [At, string][] = [
    [["uri"], uri ?? ""],
    [["description"], description ?? ""],
    ...Object.entries(labels).map(([key, value]): [At, string] => [["labels", key], value]),
    ...(mcp?.args ?? []).map((text, i): [At, string] => [["mcp", "args", i], text]),
  ];
  return texts
    .filter(([, text]) => PLACEHOLDER.test(text))
    .map(([at]) => ({ at, message: MARK_FAULT }));
}

function headerFaults({ rewrite: { headers } }: CheckedApp): Fault[] {
  const first = new Map<string, number>();
  return headers.flatMap((header, index): Fault[] => {
    const at = (key: string): At => ["rewrite", "headers", index, key];
    const { name } = header;
    const fault = headerNameFault(name, quoted(name));
    const twin = first.get(name.toLowerCase());
    if (twin === undefined) first.set(name.toLowerCase(), index);
    const value = "value" in header ? header.value : undefined;
    const values = value === undefined ? [] : headerValueFaults(name, value);
    const trait = value === undefined || values.length > 0 ? undefined : trustedTrait(name, value);
    const advice = trait === undefined ? undefined : trustedHeaderAdvice(name, trait);
    const repeats = twin === undefined ? undefined : `headers[${twin}]`;
    return [
      ...faultAt(at("name"), fault),
      ...when(value !== undefined && PLACEHOLDER.test(value), at("value"), MARK_FAULT),
      ...values.map((message) => ({ at: at("value"), message })),
      ...faultAt(at("value"), advice, { warning: true }),
      ...faultAt(
        at("name"),
        repeats && `is ${quoted(name)}, which ${repeats} already sets: keep one of them.`,
      ),
    ];
  });
}

/** Faults of one app that do not depend on other settings. */
export function appFaults(app: CheckedApp, names: Names = (setting) => setting): Fault[] {
  return [
    ...addressFaults(app),
    ...portFaults(app),
    ...corsFaults(app),
    ...redirectFaults(app),
    ...kindFaults(app, names),
    ...labelFaults(app),
    ...lineFaults(app),
    ...markFaults(app),
    ...headerFaults(app),
  ];
}

/** The fault of an app that sets the program's own label. */
export const ownLabelFaults = ({ labels }: CheckedApp): Fault[] =>
  when(
    Object.hasOwn(labels, AGENT_LABEL),
    ["labels", AGENT_LABEL],
    "is the label with which this program assigns apps to agents: rename it.",
  );
