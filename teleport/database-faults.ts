import { hostAndPort } from "./address";
import type { Fault, Field } from "./checks/fault";
import { isCertificate } from "./certificates";
import { databaseAddressFault } from "./database-address";
import { quoted } from "./quoted";

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

function addressFaults(protocol: string, spec: Field): Fault[] {
  const uri = spec.get("uri");
  if (uri.isSet) return uri.fault(databaseAddressFault(protocol, uri.text));
  // Teleport makes the address of Keyspaces and of DynamoDB.
  if (
    protocol === "dynamodb" ||
    (protocol === "cassandra" && spec.get("aws", "account_id").isSet)
  ) {
    const region = spec.get("aws", "region");
    return region.when(
      !region.isSet,
      "is missing: the region, of which Teleport makes the address, or set uri.",
      { involves: [uri.at] },
    );
  }
  return uri.needed("HOST:PORT, reachable from the agent's pods");
}

function awsFaults(protocol: string, spec: Field): Fault[] {
  const uri = spec.get("uri");
  const aws = spec.get("aws");
  const [account, region] = [aws.get("account_id"), aws.get("region")];
  const [role, external] = [aws.get("assume_role_arn"), aws.get("external_id")];
  const inUri = isAwsAddress(uri.text) ? regionIn(uri.text) : undefined;
  const arn = ROLE_ARN.exec(role.text);
  const needsAccount = NEEDS_ACCOUNT.includes(protocol);
  const ofProtocol = { involves: [spec.get("protocol").at] };
  const ofUri = { involves: [uri.at] };
  return [
    ...account.when(
      account.isSet && !/^\d{12}$/.test(account.text),
      `is ${quoted(account.value)}, must be the 12 digits of an AWS account, in quotes.`,
    ),
    ...account.when(
      !account.isSet && (needsAccount || role.isSet),
      `is missing: the 12 digits of the AWS account, which ${role.isSet ? "assume_role_arn" : `protocol ${protocol}`} needs.`,
      ofProtocol,
    ),
    ...region.when(
      region.isSet && !REGION.test(region.text),
      `is ${quoted(region.value)}, must be an AWS region such as eu-central-1.`,
    ),
    ...region.when(
      needsAccount && uri.text !== "" && !region.isSet && inUri === undefined,
      "is missing: the address does not tell the region.",
      ofUri,
    ),
    ...region.when(
      needsAccount && region.isSet && inUri !== undefined && inUri !== region.value,
      `is ${quoted(region.value)}, but the address is in ${inUri ?? ""}: use the same region in both.`,
      ofUri,
    ),
    ...role.when(
      role.isSet && arn === null,
      `is ${quoted(role.value)}, must be a role's ARN, such as arn:aws:iam::123456789012:role/teleport.`,
    ),
    ...role.when(
      arn !== null && /^\d{12}$/.test(account.text) && arn[2] !== account.text,
      `is in account ${arn?.[2] ?? ""}, but account_id is ${account.text}: use the same account in both.`,
      { involves: [account.at] },
    ),
    ...external.when(
      external.isSet && !role.isSet && !needsAccount && protocol !== "cassandra",
      "has no effect without assume_role_arn: set that, or remove it.",
    ),
  ];
}

/** Faults of fields for one kind of database. */
function kindFaults(protocol: string, spec: Field): Fault[] {
  const uri = spec.get("uri");
  const project = spec.get("gcp", "project_id");
  const instance = spec.get("gcp", "instance_id");
  const version = spec.get("mysql", "server_version");
  const admin = spec.get("admin_user", "name");
  const azure = spec.get("azure", "resource_id");
  const halves = project.isSet !== instance.isSet && !uri.text.startsWith("alloydb://");
  const ofProtocol = { involves: [spec.get("protocol").at] };
  return [
    ...(halves ? [instance, project] : []).flatMap((half) =>
      half.needed("Cloud SQL and Spanner need project_id and instance_id"),
    ),
    ...version.when(
      version.isSet && protocol !== "mysql",
      "goes with the protocol mysql only: remove it.",
      ofProtocol,
    ),
    ...admin.when(
      admin.isSet && protocol !== "" && !AUTO_USERS.includes(protocol),
      `is set, but Teleport creates users with the protocols ${AUTO_USERS.join(", ")} only: remove it.`,
      ofProtocol,
    ),
    ...azure.when(
      protocol === "redis" && /\.redis\.cache\.windows\.net\b/.test(uri.text) && !azure.isSet,
      "is missing: Azure Cache for Redis needs the id of its resource.",
      { involves: [uri.at] },
    ),
  ];
}

/** Kerberos for SQL Server. */
function directoryFaults(protocol: string, spec: Field): Fault[] {
  if (protocol !== "sqlserver") return [];
  const [uri, ad] = [spec.get("uri"), spec.get("ad")];
  if (!ad.entries().some(([, { isSet }]) => isSet)) {
    const elsewhere =
      uri.text.includes(".database.windows.net") || spec.get("aws", "rdsproxy", "name").isSet;
    return ad.when(
      !elsewhere,
      "is missing: SQL Server, except in Azure and behind RDS Proxy, is reached by Kerberos, with keytab_file, krb5_file, domain and spn.",
      { involves: [uri.at] },
    );
  }
  return [
    ...["krb5_file", "domain", "spn"].flatMap((field) =>
      ad.get(field).needed("Active Directory needs it"),
    ),
    ...(ad.get("kdc_host_name").isSet
      ? ad.get("ldap_cert").needed("kdc_host_name needs it")
      : ad.get("keytab_file").needed("Active Directory needs it, or kdc_host_name and ldap_cert")),
  ];
}

function tlsFaults(spec: Field): Fault[] {
  const mode = spec.get("tls", "mode");
  const host = spec.get("tls", "server_name");
  const parsed = hostAndPort(host.text);
  return [
    ...mode.when(
      mode.value === "insecure",
      'is "insecure": an attacker on the network could pose as the database.',
      { warning: true },
    ),
    ...host.when(
      host.text !== "" && (parsed === undefined || parsed.port !== undefined),
      `is ${quoted(host.text)}, must be a host without scheme and port.`,
    ),
    ...[spec.get("ca_cert"), spec.get("tls", "ca_cert")].flatMap((pem) =>
      pem.when(
        pem.isSet && !isCertificate(pem.text),
        "is not a certificate in PEM: paste that of the authority.",
      ),
    ),
  ];
}

/** Faults of one database. `spec` has the fields of a TeleportDatabaseV3. */
export function databaseFaults(spec: Field): Fault[] {
  const protocol = spec.get("protocol").text;
  return [addressFaults, awsFaults, kindFaults, directoryFaults]
    .flatMap((faults) => faults(protocol, spec))
    .concat(tlsFaults(spec));
}
