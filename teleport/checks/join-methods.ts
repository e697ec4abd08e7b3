import { entries, isSet, type Check, type Fault, type Field } from "./fault";
import { quoted } from "../quoted";
import { urlFault } from "../address";
import { iamRuleFault } from "../iam-join";
import { jwksFault } from "../jwks";

/** Provision tokens: what Teleport 18 wants of each join method (api/types/provisioning.go). */

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
function ruleFaults(rules: Field, wanted: readonly (readonly string[])[], wide: boolean): Fault[] {
  const found = rules.items();
  if (found.length === 0) {
    const example = wanted.map(([first = ""]) => first).join(" and ");
    return rules.fault(`has no rule, so nobody could join: add one with ${example}.`);
  }
  return found.flatMap((rule) =>
    wanted.flatMap((names): Fault[] => {
      const set = names.map((name) => rule.get(name)).filter(({ isSet }) => isSet);
      const [first] = set;
      if (first === undefined) return rule.fault(`would admit too many: set ${oneOf(names)}.`);
      const fits = wide || set.some(({ value }) => means(value));
      return first.when(!fits, `would admit everybody: name who may join${WIDE}`);
    }),
  );
}

function awsFaults(method: string, spec: Field, wide: boolean): Fault[] {
  const wanted = AWS[method];
  if (wanted === undefined) return [];
  const rules = spec.items("allow");
  const iam = method === "iam" ? rules : [];
  return [
    ...ruleFaults(spec.get("allow"), [wanted.one], wide),
    ...iam.flatMap((rule): Fault[] => {
      const fault = iamRuleFault({
        account: rule.get("aws_account").text,
        arn: rule.get("aws_arn").text,
      });
      if (fault === undefined || (fault.wide === true && wide)) return [];
      const message = fault.wide === true ? fault.message.replace(/\.$/, WIDE) : fault.message;
      return rule.get(`aws_${fault.part}`).fault(message);
    }),
    ...rules
      .flatMap((rule) => wanted.without.map((name) => rule.get(name)))
      .flatMap((field) =>
        field.when(field.isSet, `has no effect with the join method ${quoted(method)}: remove it.`),
      ),
  ];
}

function accountFaults(account: Field, wide: boolean): Fault[] {
  if (account.text === "" || !means(account.text)) return [];
  if (!/^[^:\s]+:[^:\s]+$/.test(account.text)) {
    return account.fault(`is ${quoted(account.text)}, must be NAMESPACE:NAME.`);
  }
  return account.when(
    !wide && account.text.split(":").some((part) => /^[*?]+$/.test(part)),
    `is ${quoted(account.text)}, which would admit every such service account: name one as NAMESPACE:NAME${WIDE}`,
  );
}

function issuerFaults(oidc: Field): Fault[] {
  const issuer = oidc.get("issuer");
  const insecure = oidc.get("insecure_allow_http_issuer").value === true;
  if (!issuer.isSet) return issuer.fault('is missing: type "oidc" needs it.');
  if (!(insecure ? /^https?:\/\// : /^https:\/\//).test(issuer.text)) {
    return issuer.fault(`is ${quoted(issuer.value)}, must be an https:// address.`);
  }
  const query = /[?#]/.test(issuer.text)
    ? `is ${quoted(issuer.text)}, must have no query and no fragment.`
    : undefined;
  return issuer.fault(urlFault(issuer.text) ?? query);
}

/** Ways to check service-account tokens. */
function tokenCheckFaults(own: Field): Fault[] {
  const type = own.get("type").text || "in_cluster";
  const keys = own.get("static_jwks");
  switch (type) {
    case "static_jwks":
      return [
        ...keys.get("jwks").needed('type "static_jwks" needs it'),
        ...jwksFaults(keys.get("jwks")),
      ];
    case "oidc":
      return issuerFaults(own.get("oidc"));
    case "in_cluster":
      return keys.when(keys.isSet, 'needs type "static_jwks": remove it, or set that type.');
    default:
      return own
        .get("type")
        .fault(`is ${quoted(type)}, must be one of in_cluster, static_jwks, oidc.`);
  }
}

/** Faults of inline public keys. */
function jwksFaults(keys: Field): Fault[] {
  const fault = keys.isSet ? jwksFault(keys.text) : undefined;
  return keys.fault(fault && `${fault}: paste the provider's public keys.`);
}

function methodFaults(method: string, spec: Field, wide: boolean): Fault[] {
  const wanted = METHODS[method];
  if (wanted === undefined) return awsFaults(method, spec, wide);
  const own = spec.get(method);
  if (!own.isSet) return own.needed(`the join method ${quoted(method)} needs it`);
  const keys = own.get("static_jwks");
  return [
    ...Object.entries(wanted.needs ?? {}).flatMap(([field, what]) =>
      own.get(field).needed(`set ${what}`),
    ),
    ...(wanted.hosts ?? [])
      .map((field) => own.get(field))
      .flatMap((host) =>
        host.when(
          host.text.includes("/"),
          `is ${quoted(host.value)}, must be a host without scheme and path.`,
        ),
      ),
    ...ruleFaults(own.get("allow"), wanted.rule ?? [], wide),
    ...(typeof keys.value === "string" ? jwksFaults(keys) : []),
    ...(method === "kubernetes"
      ? [
          ...own.items("allow").flatMap((rule) => accountFaults(rule.get("service_account"), wide)),
          ...tokenCheckFaults(own),
        ]
      : []),
  ];
}

function tokenRoleFaults(spec: Field): Fault[] {
  const known = TOKEN_ROLES.map((role) => role.toLowerCase());
  const roles = spec.texts("roles");
  const bot = roles.some(({ text }) => text.toLowerCase() === "bot");
  const name = spec.get("bot_name");
  return [
    ...spec
      .get("roles")
      .when(roles.length === 0, "is missing: name what may join, such as App or Bot."),
    ...roles.flatMap((role) =>
      role.when(
        !known.includes(role.text.toLowerCase().replace("windows_desktop", "windowsdesktop")),
        `is ${quoted(role.text)}, must be one of ${TOKEN_ROLES.join(", ")}.`,
      ),
    ),
    ...(bot ? name.needed("the role Bot needs the name of the bot") : []),
    ...name.when(name.isSet && !bot, "needs the role Bot: remove it, or add Bot to roles."),
  ];
}

/** Join methods, their rules, and the system roles that tokens give. */
export const joinMethods: Check = (resources) =>
  entries(resources, "provisionTokens").flatMap(({ spec, entry }): Fault[] => {
    const wide = entry.get("wide").value === true;
    const rules = spec.items("allow").length > 0;
    const written = spec.get("join_method");
    // Teleport's own default, from before there were join methods.
    const method = written.text || (rules ? "ec2" : "token");
    const faults = tokenRoleFaults(spec);
    if (!ALL.includes(method)) {
      const why =
        method === "env0"
          ? "for which this version's operator has no field"
          : "which Teleport does not have";
      const known = `use one of ${ALL.join(", ")}`;
      return [...faults, ...written.fault(`is ${quoted(method)}, ${why}: ${known}.`)];
    }
    return [
      ...faults,
      ...(written.isSet ? written : spec).when(
        method === "token",
        'joins with method "token", whose name is itself the secret, so it is plain text in settings and ' +
          "Kubernetes: use a method without a secret, such as kubernetes.",
        { warning: true },
      ),
      ...spec
        .get("allow")
        .when(
          rules && !Object.hasOwn(AWS, method),
          `needs the join method ec2 or iam: put the rules under ${method === "token" ? "the method's own field" : method}.`,
        ),
      ...methodFaults(method, spec, wide),
    ];
  });
