import { hostAndPort } from "./address";
import { type At, type Fault, faultAt, isSet, missing, when } from "./checks/fault";
import { isCertificate } from "./certificates";
import { databaseAddressFault } from "./database-address";
import { quoted } from "./quoted";
import { mapping, text, type Mapping } from "./values";

/**
 * Checks of one database, whether an agent's section or a TeleportDatabaseV3 has it.
 * Source: api/types/database.go and lib/services/database.go of Teleport.
 */

/** Names of databases: DNS labels as in RFC 1035, but in any case and of any length. */
const NAME = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const ROLE_ARN = /^arn:(aws[\w-]*):iam::(\d{12}):role\/[\w+=,.@/-]+$/;

/** Protocols with logins by AWS accounts. */
const NEEDS_ACCOUNT = ["dynamodb", "opensearch"];
/** Protocols with users that Teleport creates. */
const AUTO_USERS = ["postgres", "mysql", "mongodb"];

/** The region in an AWS address such as dynamodb.eu-central-1.amazonaws.com. */
const regionIn = (uri: string) => /(?:^|[./])([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(uri)?.[1];
const isAwsAddress = (uri: string) => /\.amazonaws\.com(\.cn)?(?=[:/]|$)/.test(uri);

/** What is wrong with a database's name. Undefined if nothing is. */
export const databaseNameFault = (name: string): string | undefined =>
  NAME.test(name)
    ? undefined
    : "must be a name that Teleport takes for a database: a letter first, then letters, digits and inner '-'.";

function addressFaults(protocol: string, { uri, aws }: Mapping): Fault[] {
  const { account_id: account, region } = mapping(aws);
  if (isSet(uri)) return faultAt(["uri"], databaseAddressFault(protocol, text(uri)));
  // Teleport makes the address of Keyspaces and of DynamoDB.
  if (protocol === "dynamodb" || (protocol === "cassandra" && isSet(account))) {
    const what = "the region, of which Teleport makes the address, or set uri";
    return when(!isSet(region), ["aws", "region"], `is missing: ${what}.`, { involves: [["uri"]] });
  }
  return [missing(["uri"], "HOST:PORT, reachable from the agent's pods")];
}

function awsFaults(protocol: string, { uri: written, aws }: Mapping): Fault[] {
  const uri = text(written);
  const {
    account_id: account,
    region,
    assume_role_arn: role,
    external_id: external,
  } = mapping(aws);
  const at = (field: string): At => ["aws", field];
  const inUri = isAwsAddress(uri) ? regionIn(uri) : undefined;
  const arn = ROLE_ARN.exec(text(role));
  const needed = NEEDS_ACCOUNT.includes(protocol) || isSet(role);
  return [
    ...when(
      isSet(account) && !/^\d{12}$/.test(text(account)),
      at("account_id"),
      `is ${quoted(account)}, must be the 12 digits of an AWS account, in quotes.`,
    ),
    ...when(
      !isSet(account) && needed,
      at("account_id"),
      `is missing: the 12 digits of the AWS account, which ${isSet(role) ? "assume_role_arn" : `protocol ${protocol}`} needs.`,
      { involves: [["protocol"]] },
    ),
    ...when(
      isSet(region) && !REGION.test(text(region)),
      at("region"),
      `is ${quoted(region)}, must be an AWS region such as eu-central-1.`,
    ),
    ...when(
      NEEDS_ACCOUNT.includes(protocol) && uri !== "" && !isSet(region) && inUri === undefined,
      at("region"),
      "is missing: the address does not tell the region.",
      { involves: [["uri"]] },
    ),
    ...when(
      NEEDS_ACCOUNT.includes(protocol) && isSet(region) && inUri !== undefined && inUri !== region,
      at("region"),
      `is ${quoted(region)}, but the address is in ${inUri ?? ""}: use the same region in both.`,
      { involves: [["uri"]] },
    ),
    ...when(
      isSet(role) && arn === null,
      at("assume_role_arn"),
      `is ${quoted(role)}, must be a role's ARN, such as arn:aws:iam::123456789012:role/teleport.`,
    ),
    ...when(
      arn !== null && /^\d{12}$/.test(text(account)) && arn[2] !== account,
      at("assume_role_arn"),
      `is in account ${arn?.[2] ?? ""}, but account_id is ${text(account)}: use the same account in both.`,
      { involves: [at("account_id")] },
    ),
    ...when(
      isSet(external) && !isSet(role) && ![...NEEDS_ACCOUNT, "cassandra"].includes(protocol),
      at("external_id"),
      "has no effect without assume_role_arn: set that, or remove it.",
    ),
  ];
}

/** Faults of fields for one kind of database. */
function kindFaults(
  protocol: string,
  { uri: written, gcp, mysql, admin_user, azure }: Mapping,
): Fault[] {
  const uri = text(written);
  const { project_id: project, instance_id: instance } = mapping(gcp);
  const halves: [string, unknown, unknown][] = [
    ["instance_id", project, instance],
    ["project_id", instance, project],
  ];
  return [
    ...halves.flatMap(([field, other, own]) =>
      when(
        isSet(other) && !isSet(own) && !uri.startsWith("alloydb://"),
        ["gcp", field],
        "is missing: Cloud SQL and Spanner need project_id and instance_id.",
      ),
    ),
    ...when(
      isSet(mapping(mysql)["server_version"]) && protocol !== "mysql",
      ["mysql", "server_version"],
      "goes with the protocol mysql only: remove it.",
      { involves: [["protocol"]] },
    ),
    ...when(
      isSet(mapping(admin_user)["name"]) && protocol !== "" && !AUTO_USERS.includes(protocol),
      ["admin_user", "name"],
      `is set, but Teleport creates users with the protocols ${AUTO_USERS.join(", ")} only: remove it.`,
      { involves: [["protocol"]] },
    ),
    ...when(
      protocol === "redis" &&
        /\.redis\.cache\.windows\.net\b/.test(uri) &&
        !isSet(mapping(azure)["resource_id"]),
      ["azure", "resource_id"],
      "is missing: Azure Cache for Redis needs the id of its resource.",
      { involves: [["uri"]] },
    ),
  ];
}

/** Kerberos for SQL Server. */
function directoryFaults(protocol: string, { uri, ad, aws }: Mapping): Fault[] {
  if (protocol !== "sqlserver") return [];
  const fields = mapping(ad);
  const elsewhere =
    text(uri).includes(".database.windows.net") || isSet(mapping(mapping(aws)["rdsproxy"])["name"]);
  if (!Object.values(fields).some(isSet)) {
    const message =
      "is missing: SQL Server, except in Azure and behind RDS Proxy, is reached by Kerberos, with keytab_file, krb5_file, domain and spn.";
    return when(!elsewhere, ["ad"], message, { involves: [["uri"]] });
  }
  const needed = ["krb5_file", "domain", "spn"].filter((field) => !isSet(fields[field]));
  const [key, how] = isSet(fields["kdc_host_name"])
    ? (["ldap_cert", "kdc_host_name needs it"] as const)
    : (["keytab_file", "Active Directory needs it, or kdc_host_name and ldap_cert"] as const);
  return [
    ...needed.map((field) => missing(["ad", field], "Active Directory needs it")),
    ...(isSet(fields[key]) ? [] : [missing(["ad", key], how)]),
  ];
}

function tlsFaults({ tls, ca_cert: outer }: Mapping): Fault[] {
  const { mode, server_name: name, ca_cert: inner } = mapping(tls);
  const certificates: [At, unknown][] = [
    [["ca_cert"], outer],
    [["tls", "ca_cert"], inner],
  ];
  const host = text(name);
  const parsed = hostAndPort(host);
  return [
    ...when(
      mode === "insecure",
      ["tls", "mode"],
      'is "insecure": an attacker on the network could pose as the database.',
      { warning: true },
    ),
    ...when(
      host !== "" && (parsed === undefined || parsed.port !== undefined),
      ["tls", "server_name"],
      `is ${quoted(host)}, must be a host without scheme and port.`,
    ),
    ...certificates
      .filter(([, pem]) => isSet(pem) && !isCertificate(text(pem)))
      .map(([at]) => ({
        at,
        message: "is not a certificate in PEM: paste that of the authority.",
      })),
  ];
}

/** Faults of one database. `spec` has the fields of a TeleportDatabaseV3, and so have the places of the faults. */
export function databaseFaults(spec: Mapping): Fault[] {
  const protocol = text(spec["protocol"]);
  return [
    ...addressFaults(protocol, spec),
    ...awsFaults(protocol, spec),
    ...kindFaults(protocol, spec),
    ...directoryFaults(protocol, spec),
    ...tlsFaults(spec),
  ];
}
