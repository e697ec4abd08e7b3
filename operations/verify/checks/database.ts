import { databaseSecret, kvPaths, readPath, rolePaths, valuesIn } from "../../../inventory/secrets";
import { failed, ok, skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
import { secretData } from "../../clients/kubernetes";
import { NotVerifiable, Unreachable, type DatabaseSession } from "../../clients/database";
import type { PlaneContext } from "../context";

/** Name of the slot that is tried; it ends with its session in any case. */
const TRIAL_SLOT = "access_plane_verify";

/** Why nothing was asked, instead of a session. */
class NotAsked extends Error {}

/** User and password as the pods get them: from the synced Secret, before that from Vault. */
async function credentials({ kubernetes, vault, settings }: PlaneContext) {
  const source = databaseSecret(settings);
  const vaultPath = readPath(source);
  const secret = await secretData(kubernetes, source.secretName, settings.namespace.name).catch(
    () => undefined,
  );
  const data = secret ?? valuesIn(source, await vault.read(vaultPath));
  const { username: user, password } = data ?? {};
  if (user !== undefined && password !== undefined) return { user, password };
  throw new NotAsked(
    source.generated
      ? "the deployment itself makes the credentials"
      : `no credentials: neither Secret ${source.secretName} nor ${vaultPath} has them`,
  );
}

/** SQLSTATEs of a login that PostgreSQL refuses: wrong password, or no such role. */
const REFUSED = new Set(["28P01", "28000"]);

/** What makes the plane's password and PostgreSQL's the same again. */
export function loginRemedy(settings: PlaneContext["settings"]): string {
  const { host, port, user, credentials } = settings.database;
  const { source } = databaseSecret(settings);
  const delivered = "the operator delivers it within 10 seconds and restarts auth";
  if (source.type === "static-role") {
    return `\`vault write -f ${rolePaths(source).rotation}\`: Vault sets a new password, ${delivered}`;
  }
  if (credentials.source === "generated" && credentials.bootstrap !== undefined) {
    return "`bin/access-plane up --stack STACK` finishes a rotation that was interrupted; otherwise change database.credentials.rotation, and run it";
  }
  const path = kvPaths(source).kv;
  return (
    `\`vault kv patch ${path} password=-\` asks for the password that PostgreSQL has: ${delivered}; or ` +
    `give PostgreSQL the one of \`vault kv get -field=password ${path}\`: \`psql -h ${host} -p ${port} -U ` +
    `postgres -c '\\password ${user}'\``
  );
}

/** Asks in a session of its own; a server out of reach from here is no fault of the plane. */
async function ask(
  context: PlaneContext,
  question: (session: DatabaseSession) => Promise<CheckOutcome>,
  database = context.settings.database.stateDatabase,
): Promise<CheckOutcome> {
  let session: DatabaseSession;
  try {
    session = await context.database.connect({ database, ...(await credentials(context)) });
  } catch (error) {
    if (error instanceof NotAsked || error instanceof NotVerifiable) return skipped(error.message);
    if (error instanceof Unreachable) {
      return skipped(
        `not reachable from here: ${error.message}; run from inside the cluster, or give ` +
          "--database-address (docs/verify.md)",
      );
    }
    throw error;
  }
  try {
    return await question(session);
  } finally {
    await session.close();
  }
}

const setting = async (session: DatabaseSession, name: string): Promise<string> =>
  (await session.query<{ value: string }>("SELECT current_setting($1) AS value", [name]))[0]
    ?.value ?? "";

const needs = ["database.login"];

export const databaseChecks: Check[] = [
  {
    id: "database.login",
    title: "PostgreSQL lets Teleport in",
    phase: "before",
    expected: "the credentials of the plane log in to the state database, over TLS as sslMode says",
    remedy:
      "make the password the same on both sides (docs/operations.md: rotate the database password); " +
      "check host, sslMode and caSecret",
    async run(context) {
      const { database } = context.settings;
      const { user, stateDatabase } = database;
      try {
        return await ask(context, async (session) => {
          const [row] = await session.query<{ name: string }>("SELECT current_user AS name");
          return row?.name === user
            ? ok(`${user} in ${stateDatabase}`)
            : failed(`logged in as ${row?.name ?? "nobody"}, the settings say ${user}`);
        });
      } catch (error) {
        if (!REFUSED.has((error as { code?: string }).code ?? "")) throw error;
        const { message } = error as Error;
        const more = { remedy: loginRemedy(context.settings) };
        const { credentials } = database;
        // An update that was killed between PostgreSQL and Vault must be able to go on.
        return context.preflight === true &&
          credentials.source === "generated" &&
          credentials.bootstrap !== undefined
          ? warning(message, more)
          : failed(message, more);
      }
    },
  },
  {
    id: "database.version",
    title: "Version of PostgreSQL",
    phase: "before",
    expected: "13 or later",
    remedy: "upgrade PostgreSQL",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const number = Number(await setting(session, "server_version_num"));
        const seen = await setting(session, "server_version");
        return number >= 130_000 ? ok(seen) : failed(seen);
      }),
  },
  {
    id: "database.wal-level",
    title: "wal_level",
    phase: "before",
    expected: "logical",
    remedy:
      "set wal_level = logical and restart PostgreSQL; on RDS and Aurora rds.logical_replication = 1 in the parameter group",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const level = await setting(session, "wal_level");
        return level === "logical" ? ok(level) : failed(level);
      }),
  },
  {
    id: "database.replication",
    title: "REPLICATION",
    phase: "before",
    expected:
      "Teleport's role may replicate: by its attribute, or on RDS as a member of rds_replication",
    remedy: "ALTER ROLE … REPLICATION; on RDS and Aurora GRANT rds_replication TO …",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const [role] = await session.query<{ replication: boolean }>(
          `SELECT rolreplication OR rolsuper OR EXISTS (
             SELECT FROM pg_roles AS rds
             WHERE rds.rolname = 'rds_replication' AND pg_has_role(current_user, rds.oid, 'USAGE')
           ) AS replication FROM pg_roles WHERE rolname = current_user`,
        );
        return role?.replication === true
          ? ok("granted")
          : failed(`${context.settings.database.user} may not replicate`);
      }),
  },
  {
    id: "database.wal2json",
    title: "wal2json",
    phase: "before",
    expected: "a temporary slot with the plugin can be made and dropped",
    remedy:
      "install wal2json for this version of PostgreSQL; where the server has the setting " +
      "output_plugin_libraries, add wal2json to it and reload",
    needs: ["database.login", "database.wal-level", "database.replication", "database.slots"],
    run: (context) =>
      ask(context, async (session) => {
        // Temporary: PostgreSQL drops it at the end of the session, whatever happens here.
        const slot = `${TRIAL_SLOT}_${process.pid}_${Date.now()}`;
        await session.query("SELECT pg_create_logical_replication_slot($1, 'wal2json', true)", [
          slot,
        ]);
        await session.query("SELECT pg_drop_replication_slot($1)", [slot]);
        return ok("slot made and dropped");
      }),
  },
  {
    id: "database.slots",
    title: "Free replication slots",
    phase: "before",
    expected: "one for each auth pod, and one for the pod that comes before another goes",
    remedy: "raise max_replication_slots, or drop slots nobody reads any more",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const { replicas } = context.settings.teleport.auth;
        const slots = await session.query<{ own: boolean }>(
          // Teleport names its own `teleport_<uuid>`; they are in use by the pods being counted.
          "SELECT slot_name LIKE 'teleport\\_%' AND database = current_database() AS own FROM pg_replication_slots",
        );
        const limit = Number(await setting(session, "max_replication_slots"));
        const foreign = slots.filter(({ own }) => !own).length;
        const free = limit - foreign;
        const seen = `${free} of ${limit} for Teleport`;
        if (free < replicas) return failed(seen, { expected: `at least ${replicas}` });
        return free === replicas
          ? warning(seen, { expected: `${replicas + 1} while pods are replaced` })
          : ok(seen);
      }),
  },
  {
    id: "database.databases",
    title: "Both databases",
    phase: "before",
    expected: "state and audit database exist, and Teleport may make its tables there",
    remedy: "CREATE DATABASE … OWNER …, UTF8",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const { stateDatabase, auditDatabase } = context.settings.database;
        const names = [stateDatabase, auditDatabase];
        const rows = await session.query<{ name: string; encoding: string; allowed: boolean }>(
          `SELECT datname AS name, pg_encoding_to_char(encoding) AS encoding,
             has_database_privilege(datname, 'CONNECT') AND
             has_database_privilege(datname, 'CREATE') AS allowed
           FROM pg_database WHERE datname = ANY($1)`,
          [names],
        );
        const problems = names.flatMap((name) => {
          const row = rows.find((candidate) => candidate.name === name);
          if (row === undefined) return [`there is no database ${name}`];
          return [
            ...(row.allowed ? [] : [`no right to connect to ${name} or create in it`]),
            ...(row.encoding === "UTF8" ? [] : [`${name} is ${row.encoding}, not UTF8`]),
          ];
        });
        return verdict(problems, names.join(", "));
      }),
  },
];
