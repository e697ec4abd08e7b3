import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/load";
import { goodSettings, type Sections } from "./fixture";

/** Databases in an agent's section and as a resource have the same problems. */

interface Spec extends Record<string, unknown> {
  protocol: string;
  uri?: string;
  tls?: { mode?: string; server_name?: string };
}

const AWS = { account_id: "123456789012", region: "eu-central-1" };
const postgres = (more: object): Spec => ({ protocol: "postgres", uri: "db:5432", ...more });
const at = (protocol: string, uri: string, more: object = {}): Spec => ({ protocol, uri, ...more });
const KERBEROS = { krb5_file: "/etc/krb5.conf", domain: "AD.EXAMPLE.COM", spn: "MSSQLSvc/sql" };
const SQL = "sql.ad.example.com:1433";

/** A database and its problems, with places below its spec. */
const CASES: [Spec, ...string[]][] = [
  [postgres({})],
  [{ protocol: "postgres" }, "uri is missing: HOST:PORT, reachable from the agent's pods."],
  // Addresses that Teleport derives
  [{ protocol: "dynamodb", aws: AWS }],
  [{ protocol: "cassandra", aws: AWS }],
  [{ protocol: "cassandra" }, "uri is missing: HOST:PORT, reachable from the agent's pods."],
  [
    { protocol: "cassandra", aws: { account_id: AWS.account_id } },
    "aws.region is missing: the region, of which Teleport makes the address, or set uri.",
  ],
  [
    { protocol: "dynamodb" },
    "aws.region is missing: the region, of which Teleport makes the address, or set uri.",
    "aws.account_id is missing: the 12 digits of the AWS account, which protocol dynamodb needs.",
  ],
  [
    at("oracle", "oracle.example.com:2484"),
    'protocol is "oracle", a protocol of the enterprise edition, but teleport.edition is "community": remove it, or set teleport.edition "enterprise".',
  ],
  // AWS
  [
    postgres({ aws: { account_id: "123", region: "Frankfurt" } }),
    'aws.account_id is "123", must be the 12 digits of an AWS account, in quotes.',
    'aws.region is "Frankfurt", must be an AWS region such as eu-central-1.',
  ],
  [postgres({ aws: { ...AWS, assume_role_arn: "arn:aws:iam::123456789012:role/x" } })],
  [
    postgres({ aws: { assume_role_arn: "role/x" } }),
    "aws.account_id is missing: the 12 digits of the AWS account, which assume_role_arn needs.",
    'aws.assume_role_arn is "role/x", must be a role\'s ARN, such as arn:aws:iam::123456789012:role/teleport.',
  ],
  [
    postgres({ aws: { ...AWS, assume_role_arn: "arn:aws:iam::999999999999:role/x" } }),
    "aws.assume_role_arn is in account 999999999999, but account_id is 123456789012: use the same account in both.",
  ],
  [
    postgres({ aws: { external_id: "x" } }),
    "aws.external_id has no effect without assume_role_arn: set that, or remove it.",
  ],
  [
    at("opensearch", "search-x.eu-central-1.es.amazonaws.com:443", {
      aws: { account_id: AWS.account_id },
    }),
  ],
  [
    at("opensearch", "search-x.eu-west-1.es.amazonaws.com:443", { aws: AWS }),
    'aws.region is "eu-central-1", but the address is in eu-west-1: use the same region in both.',
  ],
  [
    at("opensearch", "search.example.com:443", { aws: { account_id: AWS.account_id } }),
    "aws.region is missing: the address does not tell the region.",
  ],
  // Addresses of one protocol
  [
    at("elasticsearch", "https://es:9200"),
    'uri is "https://es:9200", must be HOST:PORT for the protocol elasticsearch.',
  ],
  [at("redis", "cache.example.com")],
  [
    at("redis", "redis://cache:6379?mode=sentinel"),
    'uri is "redis://cache:6379?mode=sentinel", and its mode must be one of standalone, cluster.',
  ],
  [at("mongodb", "mongo"), 'uri is "mongo", and needs a port: write HOST:PORT.'],
  [
    at("clickhouse", "clickhouse://ch"),
    'uri is "clickhouse://ch", and needs a port: write HOST:PORT.',
  ],
  [
    at("snowflake", "x.example.com"),
    'uri is "x.example.com", must be a host of snowflakecomputing.com.',
  ],
  [at("spanner", "spanner.googleapis.com:443")],
  [
    at("spanner", "spanner.example.com:443"),
    'uri is "spanner.example.com:443", must be spanner.googleapis.com:443.',
  ],
  [
    at("redis", "x.redis.cache.windows.net:6380"),
    "azure.resource_id is missing: Azure Cache for Redis needs the id of its resource.",
  ],
  // SQL Server
  [at("sqlserver", SQL, { ad: { ...KERBEROS, keytab_file: "/etc/keytab" } })],
  [at("sqlserver", "x.database.windows.net:1433")],
  [
    at("sqlserver", SQL),
    "ad is missing: SQL Server, except in Azure and behind RDS Proxy, is reached by Kerberos, with keytab_file, krb5_file, domain and spn.",
  ],
  [
    at("sqlserver", SQL, { ad: { domain: "AD.EXAMPLE.COM", kdc_host_name: "kdc" } }),
    "ad.krb5_file is missing: Active Directory needs it.",
    "ad.spn is missing: Active Directory needs it.",
    "ad.ldap_cert is missing: kdc_host_name needs it.",
  ],
  [
    at("sqlserver", "10.0.0.1:1433", { ad: { ...KERBEROS, keytab_file: "/etc/keytab" } }),
    'uri is "10.0.0.1:1433", must be COMPUTER.DOMAIN:PORT with the name in Active Directory, such as sql.ad.example.com:1433.',
  ],
  // Fields of one kind
  [
    postgres({ gcp: { project_id: "p" } }),
    "gcp.instance_id is missing: Cloud SQL and Spanner need project_id and instance_id.",
  ],
  [
    postgres({ mysql: { server_version: "8.0" } }),
    "mysql.server_version goes with the protocol mysql only: remove it.",
  ],
  [
    at("redis", "cache:6379", { admin_user: { name: "admin" } }),
    "admin_user.name is set, but Teleport creates users with the protocols postgres, mysql, mongodb only: remove it.",
  ],
  // TLS
  [
    postgres({ tls: { server_name: "https://db" } }),
    'tls.server_name is "https://db", must be a host without scheme and port.',
  ],
  [
    postgres({ tls: { mode: "insecure" } }),
    'tls.mode is "insecure": an attacker on the network could pose as the database.',
  ],
];

function said(change: (settings: Sections) => void, below: string): string[] {
  const settings = goodSettings();
  change(settings);
  const { problems = [], warnings } = parseSettings(settings);
  return [...problems, ...warnings]
    .filter(({ path }) => path.startsWith(`${below}.`))
    .map(({ path, message }) => `${path.slice(below.length + 1)} ${message}`);
}

const AGENT = "access-plane:agents.teleport-agent.databases[0]";

describe("databases", () => {
  for (const [spec, ...expected] of CASES) {
    const { protocol, uri, tls, ...config } = spec;
    it(`have the same problems in both places: ${JSON.stringify(spec)}`, () => {
      const inResource = said((s) => {
        s.resources = { databases: { one: { spec } } };
        s.agents["teleport-agent"].databaseResources = [{ "*": "*" }];
      }, "access-plane:resources.databases.one.spec");
      assert.deepEqual(inResource, expected);
      const inAgent = said((s) => {
        const own = {
          name: "one",
          protocol,
          uri,
          tlsMode: tls?.mode,
          tlsServerName: tls?.server_name,
        };
        s.agents["teleport-agent"].databases = [{ ...own, config }];
      }, AGENT);
      const names = inAgent.map((text) =>
        text
          .replace(/^config\./, "")
          .replace(/^tlsMode/, "tls.mode")
          .replace(/^tlsServerName/, "tls.server_name")
          .replace(/must be a DNS name in lower case.*/, "must be a host without scheme and port."),
      );
      assert.deepEqual(names, expected);
    });
  }

  for (const name of ["1db", "a.b"]) {
    it(`may not be called ${name}`, () => {
      const [message = ""] = said((s) => {
        s.agents["teleport-agent"].databases = [{ name, protocol: "mysql", uri: "db:1" }];
      }, AGENT);
      assert.match(message, /^name is ".*", must be a/);
      const settings = goodSettings();
      settings.resources = { databases: { [name]: { spec: { protocol: "mysql", uri: "db:1" } } } };
      assert.equal(parseSettings(settings).problems?.length, 1);
    });
  }

  it("follow the edition of the plane that the agents join", () => {
    const settings = (edition: string) => ({
      kind: "agent",
      plane: { clusterName: "lumie-infra.com", edition },
      agents: { ora: { databases: [{ name: "o", protocol: "oracle", uri: "ora:2484" }] } },
    });
    const messages = (edition: string) =>
      (parseSettings(settings(edition)).problems ?? []).map((one) => `${one.path} ${one.message}`);
    assert.deepEqual(messages("enterprise"), []);
    assert.deepEqual(messages("community"), [
      'access-plane:agents.ora.databases[0].protocol is "oracle", a protocol of the enterprise edition, but plane.edition is "community": remove it, or set plane.edition "enterprise".',
    ]);
  });

  it("have a certificate as authority", () => {
    const texts = said((s) => {
      s.resources = {
        databases: { one: { spec: postgres({ ca_cert: "ca", tls: { ca_cert: "x" } }) } },
      };
    }, "access-plane:resources.databases.one.spec");
    assert.deepEqual(texts, [
      "ca_cert is not a certificate in PEM: paste that of the authority.",
      "tls.ca_cert is not a certificate in PEM: paste that of the authority.",
    ]);
  });
});
