import { urlFault, urlHost } from "../address";
import { PLACEHOLDER, type Header } from "../headers/header";
import {
  headerNameFault,
  headerValueFaults,
  trustedHeaderAdvice,
  trustedTrait,
} from "../headers/rules";
import { quoted } from "../quoted";
import { AGENT_LABEL } from "./dynamic-app";
import type { App } from "./app";

/**
 * What is wrong with an app by itself, wherever it is written: in an agent's section, in the catalogue, or as a
 * TeleportAppV3 (api/types/app.go and lib/srv/app of Teleport 18).
 */

/** An app whose headers have plain values, secrets, or neither yet. */
export type CheckedApp = Omit<App, "rewrite"> & {
  rewrite: { headers: (Header | { name: string })[]; redirect: string[] };
};

/** Keys and indices below the app, in the words of the settings, such as ["cors", "allowedOrigins"]. */
type Place = readonly (string | number)[];

/** One fault of an app. */
export interface AppFault {
  at: Place;
  /** Completes "<place> …". */
  message: string;
  /** True where Teleport accepts it. */
  warning?: boolean;
  /** Other places that the finding rests on. */
  involves?: readonly Place[];
}

/** How a setting of an app is called where the app is written. */
export type Names = (setting: string) => string;

/** Consoles of AWS's partitions (api/constants/aws.go of Teleport 18). */
const AWS_CONSOLES = [
  "console.aws.amazon.com",
  "console.amazonaws-us-gov.com",
  "console.amazonaws.cn",
];

const WEB = ["http", "https"];
const SCHEME = /^(https?|tcp|cloud|mcp\+stdio|mcp\+(?:sse\+)?https?):\/\//;

/** The scheme of an app's address. */
const schemeOf = (uri = "") => SCHEME.exec(uri)?.[1];

const portOf = (uri: string) => /^[^:]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(uri)?.[1];

/** True for the console of a partition of AWS, in any region. */
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
}: CheckedApp): AppFault[] {
  const at = ["uri"];
  const skip = (why: string): AppFault[] =>
    insecureSkipVerify
      ? [{ at: ["insecureSkipVerify"], message: `has no effect, as ${why}.`, warning: true }]
      : [];
  if (uri === undefined) {
    return cloud === undefined && mcp === undefined
      ? [{ at, message: "is missing; add it: internal address, as the agent's pods reach it." }]
      : skip("the app has no uri");
  }
  const scheme = schemeOf(uri);
  if (scheme === undefined) {
    const forms = "http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s)://";
    return [{ at, message: `is ${JSON.stringify(uri)}, must be an ${forms} address.` }];
  }
  if (scheme === "cloud" || scheme === "mcp+stdio") return [];
  const fault = urlFault(uri);
  if (fault !== undefined) return [{ at, message: fault }];
  const tcp = scheme === "tcp";
  const faults = scheme.endsWith("https") ? [] : skip("the uri is not https");
  if (tcp && portOf(uri) === undefined && tcpPorts.length === 0) {
    faults.push({ at, message: `is "${uri}", and a tcp app needs a port: tcp://HOST:PORT.` });
  }
  if (tcp && (rewrite.headers.length > 0 || rewrite.redirect.length > 0)) {
    const message = "has no meaning for a tcp:// app, which knows no headers: remove it.";
    faults.push({ at: ["rewrite"], message, involves: [at] });
  }
  return faults;
}

function portFaults({ uri, tcpPorts }: CheckedApp): AppFault[] {
  const at = ["tcpPorts"];
  if (tcpPorts.length === 0) return [];
  const port = uri === undefined ? undefined : portOf(uri);
  const place: AppFault[] =
    schemeOf(uri) !== "tcp"
      ? [{ at, message: "goes with a tcp:// uri only: remove it.", involves: [["uri"]] }]
      : port === undefined
        ? []
        : [
            {
              at,
              message: `cannot go with port ${port} in the uri: write the uri as tcp://${urlHost(uri ?? "") ?? "HOST"}.`,
              involves: [["uri"]],
            },
          ];
  const ports = tcpPorts.flatMap(({ port: first, endPort }, index): AppFault[] => {
    const wrong = [first, endPort ?? first].find((one) => !(one >= 1 && one <= 65535));
    if (wrong !== undefined) {
      const key = wrong === first ? "port" : "endPort";
      return [{ at: [...at, index, key], message: `is ${wrong}, and ports are 1-65535.` }];
    }
    if (endPort === undefined || endPort > first) return [];
    return [
      {
        at: [...at, index, "endPort"],
        message: `is ${endPort}, must be more than port ${first}, or be left out.`,
        involves: [[...at, index, "port"]],
      },
    ];
  });
  return [...place, ...ports];
}

function corsFaults({ uri, cors }: CheckedApp): AppFault[] {
  if (cors === undefined) return [];
  const scheme = schemeOf(uri);
  const faults: AppFault[] = [];
  if (scheme !== undefined && !WEB.includes(scheme)) {
    const message = "has no meaning for an app that is not http(s): remove it.";
    faults.push({ at: ["cors"], message, involves: [["uri"]] });
  }
  if (cors.allowCredentials && cors.allowedOrigins.includes("*")) {
    faults.push({
      at: ["cors", "allowCredentials"],
      message: 'is true with the origin "*", which browsers refuse: name the origins.',
      involves: [["cors", "allowedOrigins"]],
    });
  }
  return faults;
}

/** Settings that exclude each other. */
function kindFaults(app: CheckedApp, names: Names): AppFault[] {
  const { uri, mcp, cloud } = app;
  const faults: AppFault[] = [];
  if (mcp !== undefined && uri !== undefined && schemeOf(uri) !== "mcp+stdio") {
    const message = "starts a server in the agent, so it cannot go with a uri.";
    faults.push({ at: ["mcp"], message, involves: [["uri"]] });
  }
  if (mcp !== undefined && cloud !== undefined) {
    const message = `cannot go with cloud ${cloud}: remove one.`;
    faults.push({ at: ["mcp"], message, involves: [["cloud"]] });
  }
  if (app.awsExternalId !== undefined && cloud !== "AWS" && !isAwsConsole(uri)) {
    const message = "goes with cloud AWS only: remove it.";
    faults.push({ at: ["awsExternalId"], message, involves: [["cloud"], ["uri"]] });
  }
  if (app.useAnyProxyPublicAddress && app.publicAddress !== undefined) {
    faults.push({
      at: ["useAnyProxyPublicAddress"],
      message: `cannot go with ${names("publicAddress")}: remove one of them.`,
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

function labelFaults({ labels }: CheckedApp): AppFault[] {
  return Object.keys(labels).flatMap((key): AppFault[] => {
    const at = ["labels", key];
    if (!LABEL_KEY.test(key)) {
      const message = "is not a Teleport label (letters, digits and / . _ - *): rename it.";
      return [{ at, message }];
    }
    return /^teleport\.(internal|hidden)\//.test(key)
      ? [{ at, message: "is a label that Teleport keeps to itself: rename it." }]
      : [];
  });
}

/** Lists and texts of an app that Teleport or the agent's host takes as one line. */
function lineFaults({ cors, mcp, awsExternalId }: CheckedApp): AppFault[] {
  const lists = ["allowedOrigins", "allowedMethods", "allowedHeaders", "exposedHeaders"] as const;
  const texts: [Place, string][] = [
    ...lists.flatMap((key) =>
      (cors?.[key] ?? []).map((text, i): [Place, string] => [["cors", key, i], text]),
    ),
    [["mcp", "command"], mcp?.command ?? ""],
    [["mcp", "runAsHostUser"], mcp?.runAsHostUser ?? ""],
    [["awsExternalId"], awsExternalId ?? ""],
  ];
  return texts
    .filter(([, text]) => /\p{Cc}/u.test(text))
    .map(([at]) => ({ at, message: "must be one line without control characters." }));
}

/** The renderer of secret headers would take these texts for its own marks. */
export const MARK_FAULT =
  "holds @@…/…@@, which this program uses as a mark for secrets: write it differently.";

function markFaults({ uri, description, labels, mcp }: CheckedApp): AppFault[] {
  const texts: [Place, string][] = [
    [["uri"], uri ?? ""],
    [["description"], description ?? ""],
    ...Object.entries(labels).map(([key, value]): [Place, string] => [["labels", key], value]),
    ...(mcp?.args ?? []).map((text, i): [Place, string] => [["mcp", "args", i], text]),
  ];
  return texts
    .filter(([, text]) => PLACEHOLDER.test(text))
    .map(([at]) => ({ at, message: MARK_FAULT }));
}

function headerFaults({ rewrite: { headers } }: CheckedApp): AppFault[] {
  const first = new Map<string, number>();
  return headers.flatMap((header, index): AppFault[] => {
    const at = (key: string): Place => ["rewrite", "headers", index, key];
    const { name } = header;
    const fault = headerNameFault(name, quoted(name));
    const twin = first.get(name.toLowerCase());
    if (twin === undefined) first.set(name.toLowerCase(), index);
    const value = "value" in header ? header.value : undefined;
    const values = value === undefined ? [] : headerValueFaults(value);
    const trait = value === undefined || values.length > 0 ? undefined : trustedTrait(name, value);
    return [
      ...(fault === undefined ? [] : [{ at: at("name"), message: fault }]),
      ...(value !== undefined && PLACEHOLDER.test(value)
        ? [{ at: at("value"), message: MARK_FAULT }]
        : []),
      ...values.map((message) => ({ at: at("value"), message })),
      ...(trait === undefined
        ? []
        : [{ at: at("value"), message: trustedHeaderAdvice(name, trait), warning: true }]),
      ...(twin === undefined
        ? []
        : [
            {
              at: at("name"),
              message: `is ${quoted(name)}, which headers[${twin}] sets already: keep one of them.`,
            },
          ]),
    ];
  });
}

/** Every fault of one app that does not depend on anything around it. */
export function appFaults(app: CheckedApp, names: Names = (setting) => setting): AppFault[] {
  return [
    ...addressFaults(app),
    ...portFaults(app),
    ...corsFaults(app),
    ...kindFaults(app, names),
    ...labelFaults(app),
    ...lineFaults(app),
    ...markFaults(app),
    ...headerFaults(app),
  ];
}

/** The label that this program sets itself, where somebody else writes it. */
export const ownLabelFaults = ({ labels }: CheckedApp): AppFault[] =>
  Object.hasOwn(labels, AGENT_LABEL)
    ? [
        {
          at: ["labels", AGENT_LABEL],
          message: "is the label by which this program hands apps to agents: rename it.",
        },
      ]
    : [];
