import { type At, type Check, entries, type Fault, faultAt, isSet, texts, when } from "./fault";
import { quoted } from "../quoted";
import { urlFault } from "../address";
import { iamRuleFault } from "../iam-join";
import { jwksFault } from "../jwks";
import { mapping, list, text } from "../values";

/** Provision tokens: what Teleport 18 wants of each join method (api/types/provisioning.go). */

type Fields = Readonly<Record<string, unknown>>;

/** Requirements of a join method for the field with its name. */
interface Method {
  /** Field with its configuration; none for `token`. Default: the method's name. */
  field?: string;
  /** Fields of that configuration that must be set, with an example of each. */
  needs?: Record<string, string>;
  /** Each allow rule must set at least one of each of these. */
  rule?: readonly (readonly string[])[];
  /** Fields without scheme or path. */
  hosts?: readonly string[];
}

const METHODS: Record<string, Method> = {
  azure: { rule: [["subscription"]] },
  azure_devops: {
    needs: { organization_id: "the organization's id" },
    rule: [["sub", "project_name", "project_id"]],
  },
  bitbucket: {
    needs: {
      audience: "the audience shown by Bitbucket",
      identity_provider_url: "the provider's URL",
    },
    rule: [["workspace_uuid", "repository_uuid"]],
  },
  circleci: {
    needs: { organization_id: "the organization's id" },
    rule: [["project_id", "context_id"]],
  },
  gcp: { rule: [["project_ids"]] },
  github: {
    rule: [["repository", "repository_owner", "sub"]],
    hosts: ["enterprise_server_host"],
  },
  gitlab: {
    rule: [["sub", "project_path", "namespace_path", "ci_config_ref_uri"]],
    hosts: ["domain"],
  },
  kubernetes: { rule: [["service_account"]] },
  oracle: { rule: [["tenancy"]] },
  spacelift: {
    needs: { hostname: "the tenant's host, such as example.app.spacelift.io" },
    rule: [["space_id", "caller_id"]],
    hosts: ["hostname"],
  },
  terraform_cloud: {
    rule: [
      ["organization_id", "organization_name"],
      ["project_id", "project_name", "workspace_id", "workspace_name"],
    ],
  },
  tpm: { rule: [["ek_public_hash", "ek_certificate_serial"]] },
};

/** Join methods whose rules are in `spec.allow`. */
const AWS: Record<string, { one: readonly string[]; without: readonly string[] }> = {
  ec2: { one: ["aws_account", "aws_role"], without: ["aws_arn"] },
  iam: { one: ["aws_account", "aws_arn"], without: ["aws_role", "aws_regions"] },
};

const ALL = ["token", "bound_keypair", ...Object.keys(AWS), ...Object.keys(METHODS)].sort();

/** System roles that tokens may give. Their case does not matter in Teleport. */
const TOKEN_ROLES = [
  "App",
  "Auth",
  "Bot",
  "Db",
  "Discovery",
  "Kube",
  "MDM",
  "Node",
  "Okta",
  "Proxy",
  "Relay",
  "Signup",
  "Trusted_cluster",
  "WindowsDesktop",
];

/** End of the message about a wide rule that may be intended. */
const WIDE = ", or set wide beside the spec to permit it.";

const oneOf = (names: readonly string[]) =>
  names.length === 1 ? (names[0] ?? "") : `one of ${names.join(", ")}`;

/**
 * True for a value that means somebody: not nothing, and no pattern that anybody can match, such as `*` and
 * GitLab's `project_path:*:ref:main`.
 */
const means = (value: unknown): boolean => {
  const found = Array.isArray(value) ? value : [value];
  return isSet(value) && found.every((one) => !/^([a-z_]+:)?([*?]|$)/.test(String(one)));
};

/** Faults of rules. `wide` permits rules for many. */
function ruleFaults(
  at: At,
  rules: unknown,
  wanted: readonly (readonly string[])[],
  wide: boolean,
): Fault[] {
  const found = list(rules);
  if (found.length === 0) {
    const example = wanted.map(([first = ""]) => first).join(" and ");
    return faultAt(at, `has no rule, so nobody could join: add one with ${example}.`);
  }
  return found.flatMap((rule, i) =>
    wanted.flatMap((names): Fault[] => {
      const set = names.filter((name) => isSet(mapping(rule)[name]));
      if (set.some((name) => means(mapping(rule)[name])) || (wide && set.length > 0)) return [];
      const [name] = set;
      return name === undefined
        ? faultAt([...at, i], `would admit too many: set ${oneOf(names)}.`)
        : faultAt([...at, i, name], `would admit everybody: name who may join${WIDE}`);
    }),
  );
}

function awsFaults(at: At, method: string, spec: Fields, wide: boolean): Fault[] {
  const wanted = AWS[method];
  if (wanted === undefined) return [];
  const here = [...at, "allow"];
  return [
    ...ruleFaults(here, spec["allow"], [wanted.one], wide),
    ...list(spec["allow"]).flatMap((rule, i): Fault[] => {
      if (method !== "iam") return [];
      const { aws_account: account, aws_arn: arn } = mapping(rule);
      const fault = iamRuleFault({ account: text(account), arn: text(arn) });
      if (fault === undefined || (fault.wide === true && wide)) return [];
      const message = fault.wide === true ? fault.message.replace(/\.$/, WIDE) : fault.message;
      return faultAt([...here, i, `aws_${fault.part}`], message);
    }),
    ...list(spec["allow"]).flatMap((rule, i) =>
      wanted.without
        .filter((name) => isSet(mapping(rule)[name]))
        .map((name) => ({
          at: [...here, i, name],
          message: `has no effect with the join method ${quoted(method)}: remove it.`,
        })),
    ),
  ];
}

/** Join method `kubernetes`: three ways to check service-account tokens. */
function kubernetesFaults(at: At, own: Fields, wide: boolean): Fault[] {
  const type = text(own["type"]) || "in_cluster";
  const faults: Fault[] = list(own["allow"]).flatMap((rule, i) => {
    const account = text(mapping(rule)["service_account"]);
    const here = [...at, "allow", i, "service_account"];
    if (account === "" || !means(account)) return [];
    if (!/^[^:\s]+:[^:\s]+$/.test(account)) {
      return faultAt(here, `is ${quoted(account)}, must be NAMESPACE:NAME.`);
    }
    return when(
      !wide && account.split(":").some((part) => /^[*?]+$/.test(part)),
      here,
      `is ${quoted(account)}, which would admit every such service account: name one as NAMESPACE:NAME${WIDE}`,
    );
  });
  const needs = (key: string, field: string) => {
    if (!isSet(mapping(own[key])[field])) {
      faults.push({
        at: [...at, key, field],
        message: `is missing: type ${quoted(type)} needs it.`,
      });
    }
  };
  if (type === "static_jwks") {
    needs("static_jwks", "jwks");
    faults.push(...jwksFaults([...at, "static_jwks", "jwks"], mapping(own["static_jwks"])["jwks"]));
  } else if (type === "oidc") {
    needs("oidc", "issuer");
    const { issuer, insecure_allow_http_issuer: insecure } = mapping(own["oidc"]);
    const url = text(issuer);
    const schemes = insecure === true ? /^https?:\/\// : /^https:\/\//;
    const here = [...at, "oidc", "issuer"];
    if (isSet(issuer) && !schemes.test(url)) {
      faults.push({ at: here, message: `is ${quoted(issuer)}, must be an https:// address.` });
    } else if (isSet(issuer)) {
      const query = /[?#]/.test(url)
        ? `is ${quoted(url)}, must have no query and no fragment.`
        : undefined;
      faults.push(...faultAt(here, urlFault(url) ?? query));
    }
  } else if (type !== "in_cluster") {
    faults.push({
      at: [...at, "type"],
      message: `is ${quoted(type)}, must be one of in_cluster, static_jwks, oidc.`,
    });
  } else if (isSet(own["static_jwks"])) {
    faults.push({
      at: [...at, "static_jwks"],
      message: 'needs type "static_jwks": remove it, or set that type.',
    });
  }
  return faults;
}

/** Faults of inline public keys. */
function jwksFaults(at: At, value: unknown): Fault[] {
  const fault = isSet(value) ? jwksFault(text(value)) : undefined;
  return when(fault !== undefined, at, `${fault}: paste the provider's public keys.`);
}

function methodFaults(at: At, method: string, spec: Fields, wide: boolean): Fault[] {
  const wanted = METHODS[method];
  if (wanted === undefined) return awsFaults(at, method, spec, wide);
  const here = [...at, method];
  if (!isSet(spec[method])) {
    return faultAt(here, `is missing: the join method ${quoted(method)} needs it.`);
  }
  const own = mapping(spec[method]);
  return [
    ...Object.entries(wanted.needs ?? {})
      .filter(([field]) => !isSet(own[field]))
      .map(([field, what]) => ({ at: [...here, field], message: `is missing: set ${what}.` })),
    ...(wanted.hosts ?? [])
      .filter((field) => text(own[field]).includes("/"))
      .map((field) => ({
        at: [...here, field],
        message: `is ${quoted(own[field])}, must be a host without scheme and path.`,
      })),
    ...ruleFaults([...here, "allow"], own["allow"], wanted.rule ?? [], wide),
    ...jwksFaults([...here, "static_jwks"], text(own["static_jwks"])),
    ...(method === "kubernetes" ? kubernetesFaults(here, own, wide) : []),
  ];
}

function tokenRoleFaults(at: At, spec: Fields): Fault[] {
  const known = TOKEN_ROLES.map((role) => role.toLowerCase());
  const roles = texts(spec["roles"]);
  const bot = roles.some(([, role]) => role.toLowerCase() === "bot");
  const named = isSet(spec["bot_name"]);
  return [
    ...when(
      roles.length === 0,
      [...at, "roles"],
      "is missing: name what may join, such as App or Bot.",
    ),
    ...roles
      .filter(
        ([, role]) =>
          !known.includes(role.toLowerCase().replace("windows_desktop", "windowsdesktop")),
      )
      .map(([i, role]) => ({
        at: [...at, "roles", i],
        message: `is ${quoted(role)}, must be one of ${TOKEN_ROLES.join(", ")}.`,
      })),
    ...when(
      bot && !named,
      [...at, "bot_name"],
      "is missing: the role Bot needs the name of the bot.",
    ),
    ...when(
      named && !bot,
      [...at, "bot_name"],
      "needs the role Bot: remove it, or add Bot to roles.",
    ),
  ];
}

/** Join methods, their rules, and the system roles that tokens give. */
export const joinMethods: Check = (resources) =>
  entries(resources, "provisionTokens").flatMap(({ at, spec, entry }): Fault[] => {
    const wide = entry["wide"] === true;
    const here = [...at, "spec"];
    const rules = list(spec["allow"]).length > 0;
    // Teleport's own default, from before there were join methods.
    const method = text(spec["join_method"]) || (rules ? "ec2" : "token");
    const faults = tokenRoleFaults(here, spec);
    if (!ALL.includes(method)) {
      const why =
        method === "env0"
          ? "for which this version's operator has no field"
          : "which Teleport does not have";
      return [
        ...faults,
        {
          at: [...here, "join_method"],
          message: `is ${quoted(method)}, ${why}: use one of ${ALL.join(", ")}.`,
        },
      ];
    }
    if (method === "token") {
      faults.push({
        at: isSet(spec["join_method"]) ? [...here, "join_method"] : here,
        message:
          'joins with method "token", whose name is itself the secret, so it is plain text in settings and ' +
          "Kubernetes: use a method without a secret, such as kubernetes.",
        warning: true,
      });
    }
    if (rules && !Object.hasOwn(AWS, method)) {
      faults.push({
        at: [...here, "allow"],
        message: `needs the join method ec2 or iam: put the rules under ${method === "token" ? "the method's own field" : method}.`,
      });
    }
    return [...faults, ...methodFaults(here, method, spec, wide)];
  });
