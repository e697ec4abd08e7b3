import { hostAndPort, urlFault, urlHost } from "../address";
import { PLACEHOLDER, type Header } from "../headers/header";
import {
  headerNameFault,
  headerValueFaults,
  trustedHeaderAdvice,
  trustedTrait,
} from "../headers/rules";
import { quoted } from "../quoted";
import { Field, type At, type Fault } from "../checks/fault";
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

const at = (...path: At) => new Field(undefined, path);
const OF_URI = { involves: [["uri"]] };

function addressFaults(app: CheckedApp): Fault[] {
  const { uri, cloud, mcp, tcpPorts, rewrite, insecureSkipVerify } = app;
  const skip = (why: string): Fault[] =>
    at("insecureSkipVerify").when(insecureSkipVerify, `has no effect, because ${why}.`, {
      warning: true,
    });
  if (uri === undefined) {
    if (cloud !== undefined || mcp !== undefined) return skip("the app has no uri");
    const involves = [["cloud"], ["mcp"]];
    const message = "is missing; add it: internal address, reachable from the agent's pods.";
    return at("uri").fault(message, { involves });
  }
  const scheme = schemeOf(uri);
  if (scheme === undefined) {
    const forms = "http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s)://";
    return at("uri").fault(`is ${JSON.stringify(uri)}, must be an ${forms} address.`);
  }
  if (scheme === "mcp+stdio") {
    const message = "starts a program in the agent, which mcp has to name: add it.";
    return at("mcp").when(mcp === undefined, message, OF_URI);
  }
  if (scheme === "cloud") return [];
  const fault = urlFault(uri);
  if (fault !== undefined) return at("uri").fault(fault);
  const tcp = scheme === "tcp";
  return [
    ...(scheme.endsWith("https") ? [] : skip("the uri is not https")),
    ...at("uri").when(
      tcp && portOf(uri) === undefined && tcpPorts.length === 0,
      `is "${uri}", but a tcp app needs a port: write tcp://HOST:PORT.`,
      { involves: [["tcpPorts"]] },
    ),
    ...at("rewrite").when(
      tcp && (rewrite.headers.length > 0 || rewrite.redirect.length > 0),
      "has no effect on a tcp:// app, which has no headers: remove it.",
      OF_URI,
    ),
  ];
}

function portFaults({ uri, tcpPorts }: CheckedApp): Fault[] {
  if (tcpPorts.length === 0) return [];
  const tcp = schemeOf(uri) === "tcp";
  const port = uri === undefined ? undefined : portOf(uri);
  return [
    ...at("tcpPorts").when(!tcp, "needs a tcp:// uri: remove it.", OF_URI),
    ...at("tcpPorts").when(
      tcp && port !== undefined,
      `excludes port ${port ?? ""} in the uri: write the uri as tcp://${urlHost(uri ?? "") ?? "HOST"}.`,
      OF_URI,
    ),
    ...tcpPorts.flatMap(({ port: first, endPort }, index) => {
      const wrong = [first, endPort ?? first].find((one) => !(one >= 1 && one <= 65535));
      if (wrong !== undefined) {
        const key = wrong === first ? "port" : "endPort";
        return at("tcpPorts", index, key).fault(`is ${wrong}, must be 1-65535.`);
      }
      return at("tcpPorts", index, "endPort").when(
        endPort !== undefined && endPort <= first,
        `is ${String(endPort)}, must be greater than port ${first} or absent.`,
        { involves: [["tcpPorts", index, "port"]] },
      );
    }),
  ];
}

type Cors = NonNullable<CheckedApp["cors"]>;

function corsFaults({ uri, cors }: CheckedApp): Fault[] {
  if (cors === undefined) return [];
  const scheme = schemeOf(uri);
  const { maxAgeSeconds: age } = cors;
  return [
    ...at("cors").when(
      scheme !== undefined && !WEB.includes(scheme),
      "has no effect on an app that is not http(s): remove it.",
      OF_URI,
    ),
    ...at("cors", "allowCredentials").when(
      cors.allowCredentials && cors.allowedOrigins.includes("*"),
      'is true with the origin "*", which browsers refuse: name the origins.',
      { involves: [["cors", "allowedOrigins"]] },
    ),
    ...corsListFaults(cors),
    ...at("cors", "maxAgeSeconds").when(
      age !== undefined && !(age >= 0 && age <= 86400),
      `is ${String(age)}, must be 0 to 86400 seconds.`,
    ),
  ];
}

const ORIGIN = /^(https?):\/\/([^/?#]+)$/;
/** A method or a name of a header. Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const isOrigin = (text: string) =>
  text === "*" || text === "null" || (ORIGIN.test(text) && urlFault(text) === undefined);
const isToken = (text: string) => TOKEN.test(text);

const CORS_LISTS = [
  [
    "allowedOrigins",
    isOrigin,
    'must be an origin such as https://portal.example.com, without a path, or "*"',
  ],
  ["allowedMethods", isToken, "must be a method such as GET"],
  ["allowedHeaders", isToken, "must be the name of a header"],
  ["exposedHeaders", isToken, "must be the name of a header"],
] as const;

const isOneLine = (text: string) => !/\p{Cc}/u.test(text);

/** Lists that browsers compare as texts, so another form never fits. */
const corsListFaults = (cors: Cors): Fault[] =>
  CORS_LISTS.flatMap(([key, fits, form]) =>
    cors[key].flatMap((text, i) =>
      at("cors", key, i).when(isOneLine(text) && !fits(text), `is ${quoted(text)}, ${form}.`),
    ),
  );

/** Hosts whose redirects are rewritten. */
const redirectFaults = ({ rewrite: { redirect } }: CheckedApp): Fault[] =>
  redirect.flatMap((host, i) =>
    at("rewrite", "redirect", i).when(
      hostAndPort(host) === undefined || hostAndPort(host)?.port !== undefined,
      `is ${quoted(host)}, must be a host without scheme and port.`,
    ),
  );

/** Settings that exclude each other. */
function kindFaults(app: CheckedApp, names: Names): Fault[] {
  const { uri, mcp, cloud } = app;
  return [
    ...at("mcp").when(
      mcp !== undefined && uri !== undefined && schemeOf(uri) !== "mcp+stdio",
      "starts a server in the agent and excludes a uri: remove one of them.",
      OF_URI,
    ),
    ...at("mcp").when(
      mcp !== undefined && cloud !== undefined,
      `excludes cloud ${cloud ?? ""}: remove one of them.`,
      { involves: [["cloud"]] },
    ),
    ...at("awsExternalId").when(
      app.awsExternalId !== undefined && cloud !== "AWS" && !isAwsConsole(uri),
      "needs cloud AWS: remove it.",
      { involves: [["cloud"], ["uri"]] },
    ),
    ...at("useAnyProxyPublicAddress").when(
      app.useAnyProxyPublicAddress && app.publicAddress !== undefined,
      `excludes ${names("publicAddress")}: remove one of them.`,
      { involves: [["publicAddress"]] },
    ),
    ...at("requiredApps", app.requiredApps.indexOf(app.name)).when(
      app.requiredApps.includes(app.name),
      `is "${app.name}", the app itself: remove it.`,
    ),
  ];
}

const LABEL_KEY = /^[A-Za-z0-9/._*-]+$/;

const labelFaults = ({ labels }: CheckedApp): Fault[] =>
  Object.keys(labels).flatMap((key) => [
    ...at("labels", key).when(
      !LABEL_KEY.test(key),
      "is not a Teleport label (letters, digits and / . _ - *): rename it.",
    ),
    ...at("labels", key).when(
      LABEL_KEY.test(key) && /^teleport\.(internal|hidden)\//.test(key),
      "is a label that Teleport reserves: rename it.",
    ),
  ]);

/** Texts of an app that must be one line. */
function lineFaults({ cors, mcp, awsExternalId }: CheckedApp): Fault[] {
  const texts: [Field, string][] = [
    ...CORS_LISTS.flatMap(([key]) =>
      (cors?.[key] ?? []).map((text, i): [Field, string] => [at("cors", key, i), text]),
    ),
    [at("mcp", "command"), mcp?.command ?? ""],
    [at("mcp", "runAsHostUser"), mcp?.runAsHostUser ?? ""],
    [at("awsExternalId"), awsExternalId ?? ""],
  ];
  return texts.flatMap(([field, text]) =>
    field.when(!isOneLine(text), "must be one line without control characters."),
  );
}

/** Fault of a text that the renderer of secret headers would mistake for a placeholder. */
export const MARK_FAULT =
  "contains @@…/…@@, which this program uses as a placeholder for secrets: write it differently.";

function markFaults({ uri, description, labels, mcp }: CheckedApp): Fault[] {
  const texts: [Field, string][] = [
    [at("uri"), uri ?? ""],
    [at("description"), description ?? ""],
    ...Object.entries(labels).map(([key, value]): [Field, string] => [at("labels", key), value]),
    ...(mcp?.args ?? []).map((text, i): [Field, string] => [at("mcp", "args", i), text]),
  ];
  return texts.flatMap(([field, text]) => field.when(PLACEHOLDER.test(text), MARK_FAULT));
}

function headerFaults({ rewrite: { headers } }: CheckedApp): Fault[] {
  const first = new Map<string, number>();
  return headers.flatMap((header, index): Fault[] => {
    const nameAt = at("rewrite", "headers", index, "name");
    const valueAt = at("rewrite", "headers", index, "value");
    const { name } = header;
    const twin = first.get(name.toLowerCase());
    if (twin === undefined) first.set(name.toLowerCase(), index);
    const value = "value" in header ? header.value : undefined;
    const values = value === undefined ? [] : headerValueFaults(name, value);
    const trait = value === undefined || values.length > 0 ? undefined : trustedTrait(name, value);
    const advice = trait === undefined ? undefined : trustedHeaderAdvice(name, trait);
    return [
      ...nameAt.fault(headerNameFault(name, quoted(name))),
      ...valueAt.when(value !== undefined && PLACEHOLDER.test(value), MARK_FAULT),
      ...values.flatMap((message) => valueAt.fault(message)),
      ...valueAt.fault(advice, { warning: true }),
      ...nameAt.when(
        twin !== undefined,
        `is ${quoted(name)}, which headers[${twin ?? ""}] already sets: keep one of them.`,
      ),
    ];
  });
}

/** Faults of one app that do not depend on other settings. */
export const appFaults = (app: CheckedApp, names: Names = (setting) => setting): Fault[] => [
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

/** The fault of an app that sets the program's own label. */
export const ownLabelFaults = ({ labels }: CheckedApp): Fault[] =>
  at("labels", AGENT_LABEL).when(
    Object.hasOwn(labels, AGENT_LABEL),
    "is the label with which this program assigns apps to agents: rename it.",
  );
