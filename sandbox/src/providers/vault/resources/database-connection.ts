/** Database engine connection: PostgreSQL; other engines are refused by name. */
import type { CheckFailure } from "../../framework.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  any,
  block,
  flag,
  kept,
  list,
  map,
  number,
  replace,
  required,
  secret,
  text,
  type Fields,
} from "../../tables/fields.ts";
import { endpoint, fromData, split, toBody } from "../endpoint.ts";

const OTHERS = [
  ...["cassandra", "couchbase", "elasticsearch", "hana", "influxdb", "mongodb", "mongodbatlas"],
  ...["mssql", "mysql", "mysqlAurora", "mysqlLegacy", "mysqlRds", "oracle", "redis"],
  ...["redisElasticache", "redshift", "snowflake"],
];

const postgresql: Fields = {
  authType: text(),
  connectionUrl: text(),
  disableEscaping: flag(),
  maxConnectionLifetime: number({ computed: true }),
  maxIdleConnections: number({ computed: true }),
  maxOpenConnections: number({ default: 2 }),
  password: text({ ...kept, ...secret }),
  passwordAuthentication: text({ computed: true }),
  passwordWo: text({ writeOnly: true, ...secret }),
  passwordWoVersion: number(kept),
  privateKey: text({ ...kept, ...secret }),
  selfManaged: flag(),
  serviceAccountJson: text({ ...kept, ...secret }),
  tlsCa: text(),
  tlsCertificate: text(),
  username: text(),
  usernameTemplate: text(),
};

export const databaseConnection = endpoint({
  token: "vault:database/secretBackendConnection:SecretBackendConnection",
  identity: {
    backend: text({ ...required, ...replace }),
    name: text(replace),
  },
  body: {
    allowedRoles: list(text()),
    data: map({ kept: true, ...secret }),
    disableAutomatedRotation: flag(),
    passwordPolicy: text(),
    pluginName: text({ computed: true }),
    pluginVersion: text({ computed: true }),
    postgresql: block(postgresql),
    rootRotationStatements: list(text()),
    rotationPeriod: number(),
    rotationSchedule: text(),
    rotationWindow: number(),
    skipStaticRoleImportRotation: flag(),
    verifyConnection: flag({ kept: true, default: true }),
    ...Object.fromEntries(OTHERS.map((engine) => [engine, any()])),
  },
  autoName: { field: "name", max: 255 },
  id: (inputs) => `${word(inputs["backend"])}/config/${word(inputs["name"])}`,
  identify: split("config", ["backend", "name"]),
  form: "postgres/config/postgres",
  validate: onlyPostgresql,
  send(body, inputs) {
    const engine = toBody(postgresql, (inputs["postgresql"] ?? {}) as Plain);
    if (engine["password_wo"] !== undefined) engine["password"] = engine["password_wo"];
    delete engine["password_wo"];
    delete engine["password_wo_version"];
    const extra = inputs["data"] as Plain | undefined;
    delete body["postgresql"];
    delete body["data"];
    Object.assign(body, engine, extra);
    body["plugin_name"] ??= "postgresql-database-plugin";
  },
  tell(data, state): Plain {
    const details = (data["connection_details"] ?? {}) as Record<string, unknown>;
    const told = fromData(postgresql, details);
    const before = (state["postgresql"] ?? {}) as Plain;
    // Vault masks the password in the URL that it returns.
    const url = word(before["connectionUrl"] ?? "");
    if (/:\*+@/.test(word(told["connectionUrl"])) && !/\{\{/.test(url)) {
      told["connectionUrl"] = url || (told["connectionUrl"] ?? null);
    }
    return {
      postgresql: told,
      rootRotationStatements: (data["root_credentials_rotate_statements"] ?? []) as string[],
    };
  },
});

function onlyPostgresql(inputs: Plain): CheckFailure[] {
  return OTHERS.filter((engine) => inputs[engine] !== undefined).map((engine) => ({
    property: engine,
    reason: "the offline stand-in supports only the engine postgresql",
  }));
}
