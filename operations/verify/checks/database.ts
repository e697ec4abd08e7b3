import { databaseSecret, kvPaths, readPath, rolePaths, valuesIn } from "../../../inventory/secrets";
import { failed, ok, skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
import { secretData } from "../../clients/secret-data";
import type { DatabaseSession } from "../../clients/database";
import { NotVerifiable, Unreachable } from "../../clients/errors";
import type { PlaneContext } from "../context";
import { setSetting, shellWord, UP } from "../remedy";
import { messageOf } from "../run";

/** Name of the temporary slot. It ends with its session. */
const TRIAL_SLOT = "access_plane_verify";

/** The reason for not asking the database. */
class NotAsked extends Error {}

/** User and password of the pods: from the synced Secret, or before the deployment from Vault. */
async function credentials({ kubernetes, vault, settings }: PlaneContext, fromVault = false) {
  const source = databaseSecret(settings);
  const vaultPath = readPath(source);
  const secret = await secretData(kubernetes, source.secretName, settings.namespace.name).catch(
    () => undefined,
  );
  const data = fromVault ? undefined : secret;
  const read = () =>
    vault.read(vaultPath).catch((error: unknown) => {
      throw new NotAsked(`Vault did not give ${vaultPath}: ${messageOf(error)}`);
    });
  const { username: user, password } = data ?? valuesIn(source, await read()) ?? {};
  if (user !== undefined && password !== undefined) return { user, password };
  throw new NotAsked(
    source.generated
      ? "the deployment itself makes the credentials"
      : `no credentials: neither Secret ${source.secretName} nor ${vaultPath} has them`,
  );
}

/** SQLSTATEs of a login that PostgreSQL refuses: wrong password, or no such role. */
const REFUSED = new Set(["28P01", "28000"]);

/** A name in SQL, with quotes if necessary. */
const identifier = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

type Server = Pick<PlaneContext, "settings" | "database">;

/** Options of PostgreSQL's commands for the server's administrator, at the address that answered. */
export function serverOptions({ settings, database }: Server): string {
  const { host, port } = database.answered ?? settings.database;
  return `-h ${shellWord(host)} -p ${port} -U postgres`;
}

/** Command that runs SQL statements as the server's administrator. */
const psql = (context: Server, ...statements: string[]) =>
  `\`psql ${serverOptions(context)} ${statements.map((sql) => `-c ${shellWord(sql)}`).join(" ")}\``;

/** Remedy for different passwords in Vault and PostgreSQL. */
export function loginRemedy(context: Pick<PlaneContext, "settings" | "database">): string {
  const { user, credentials } = context.settings.database;
  const { source } = databaseSecret(context.settings);
  const delivered =
    context.settings.vault.delivery === "pulumi"
      ? `${UP} delivers it and restarts auth`
      : "the operator delivers it within 10 seconds and restarts auth";
  if (source.type === "static-role") {
    return `\`vault write -f ${rolePaths(source).rotation}\`: Vault sets a new password, ${delivered}`;
  }
  if (credentials.source === "generated" && credentials.bootstrap !== undefined) {
    return `${UP} finishes a rotation that was interrupted; otherwise ${setSetting("database.credentials.rotation")}, then ${UP}, make a new password`;
  }
  const path = kvPaths(source).kv;
  const give = `give PostgreSQL the password of \`vault kv get -field=password ${path}\`: ${psql(context, `\\password ${identifier(user)}`)}`;
  // An update would write the generated password into Vault again.
  if (credentials.source === "generated") return give;
  return `\`vault kv patch ${path} password=-\` takes the password that PostgreSQL has (type it, then Ctrl-D twice; an Enter would become part of it): ${delivered}; or ${give}`;
}

/** Remedy where Vault has PostgreSQL's password, and the pods have not. */
function deliverRemedy({ settings }: PlaneContext): string {
  const right = "Vault has the password that PostgreSQL takes";
  if (settings.vault.delivery === "pulumi") return `${right}: ${UP} delivers it`;
  const { secretName, namespace } = databaseSecret(settings);
  return `${right}: \`kubectl delete secret ${secretName} -n ${namespace} --ignore-not-found\` makes the operator deliver it at once`;
}

const isRefused = (error: unknown): boolean => REFUSED.has((error as { code?: string }).code ?? "");

/** True if the credentials at the settings' place in Vault log in. */
async function logsInByVault(context: PlaneContext): Promise<boolean> {
  const database = context.settings.database.stateDatabase;
  try {
    const own = await credentials(context, true);
    await (await context.database.connect({ database, ...own })).close();
    return true;
  } catch (error) {
    if (isRefused(error) || error instanceof NotAsked) return false;
    throw error;
  }
}

/** Asks the database. Skips the check if it cannot be asked: database.login says why. */
async function ask(...args: Parameters<typeof logIn>): Promise<CheckOutcome> {
  try {
    return await logIn(...args);
  } catch (error) {
    // A warning of that check, in a preflight, must not become failures of the others.
    if (isRefused(error)) return skipped("see database.login");
    throw error;
  }
}

/** Asks the database in a new session. Skips the check if this machine cannot reach the server. */
async function logIn(
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

function databaseProblems(
  context: PlaneContext,
  name: string,
  found: readonly { name: string; encoding: string; allowed: boolean }[],
): { seen: string; remedy: string }[] {
  const [database, user] = [identifier(name), identifier(context.settings.database.user)];
  const row = found.find((candidate) => candidate.name === name);
  if (row === undefined) {
    const create = `CREATE DATABASE ${database} OWNER ${user} ENCODING UTF8 TEMPLATE template0`;
    // An administrator who is no superuser, as on RDS, may give databases only to roles that it is.
    const member = `GRANT ${user} TO CURRENT_USER`;
    return [{ seen: `there is no database ${name}`, remedy: psql(context, member, create) }];
  }
  const problems: { seen: string; remedy: string }[] = [];
  if (!row.allowed) {
    const grant = psql(context, `GRANT ALL ON DATABASE ${database} TO ${user}`);
    problems.push({ seen: `no right to connect to ${name} or create in it`, remedy: grant });
  }
  if (row.encoding !== "UTF8") {
    const remedy = `make ${name} again with ENCODING UTF8, and restore its dump`;
    problems.push({ seen: `${name} is ${row.encoding}, not UTF8`, remedy });
  }
  return problems;
}

const setting = async (session: DatabaseSession, name: string): Promise<string> =>
  (await session.query<{ value: string }>("SELECT current_setting($1) AS value", [name]))[0]
    ?.value ?? "";

const needs = ["database.login"];

export const databaseChecks: Check[] = [
  {
    id: "database.login",
    title: "PostgreSQL lets Teleport in",
    before: true,
    expected: "the credentials of the plane log in to the state database, over TLS as sslMode says",
    remedy:
      "make the password the same on both sides (docs/operations.md: rotate the database password); " +
      "check host, sslMode and caSecret",
    async run(context) {
      const { database } = context.settings;
      const { user, stateDatabase } = database;
      try {
        return await logIn(context, async (session) => {
          const [row] = await session.query<{ name: string }>("SELECT current_user AS name");
          return row?.name === user
            ? ok(`${user} in ${stateDatabase}`)
            : failed(`logged in as ${row?.name ?? "nobody"}, the settings say ${user}`);
        });
      } catch (error) {
        if (!isRefused(error)) throw error;
        const { message } = error as Error;
        const isInVault = await logsInByVault(context);
        // Settings with another source: the update delivers what is there.
        if (context.preflight === true && isInVault) {
          return warning(`${message}; Vault's password is right, and the update delivers it`, {
            remedy: UP,
          });
        }
        const more = { remedy: isInVault ? deliverRemedy(context) : loginRemedy(context) };
        const { credentials } = database;
        // An interrupted rotation must be able to continue.
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
    before: true,
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
    before: true,
    expected: "logical",
    remedy:
      "`psql -h HOST -U postgres -c 'ALTER SYSTEM SET wal_level = logical'`, then restart PostgreSQL; on RDS and " +
      "Aurora rds.logical_replication = 1 in the parameter group, then a reboot",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const level = await setting(session, "wal_level");
        if (level === "logical") return ok(level);
        const remedy = `${psql(context, "ALTER SYSTEM SET wal_level = logical")}, then restart PostgreSQL; on RDS and Aurora rds.logical_replication = 1 in the parameter group, then a reboot`;
        return failed(level, { remedy });
      }),
  },
  {
    id: "database.replication",
    title: "REPLICATION",
    before: true,
    expected:
      "Teleport's role may replicate: by its attribute, or on RDS as a member of rds_replication",
    remedy:
      "`psql -h HOST -U postgres -c 'ALTER ROLE USER REPLICATION'`; on RDS and Aurora " +
      "`psql -h HOST -U postgres -c 'GRANT rds_replication TO USER'`",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const [role] = await session.query<{ replication: boolean }>(
          `SELECT rolreplication OR rolsuper OR EXISTS (
             SELECT FROM pg_roles AS rds
             WHERE rds.rolname = 'rds_replication' AND pg_has_role(current_user, rds.oid, 'USAGE')
           ) AS replication FROM pg_roles WHERE rolname = current_user`,
        );
        if (role?.replication === true) return ok("granted");
        const { user } = context.settings.database;
        const name = identifier(user);
        const rds = psql(context, `GRANT rds_replication TO ${name}`);
        return failed(`${user} may not replicate`, {
          remedy: `${psql(context, `ALTER ROLE ${name} REPLICATION`)}; on RDS and Aurora ${rds}`,
        });
      }),
  },
  {
    id: "database.wal2json",
    title: "wal2json",
    before: true,
    expected: "a temporary slot with the plugin can be made and dropped",
    remedy:
      "install wal2json for this version of PostgreSQL; where the server has the setting " +
      "output_plugin_libraries, add wal2json to it and reload",
    needs: ["database.login", "database.wal-level", "database.replication", "database.slots"],
    run: (context) =>
      ask(context, async (session) => {
        // Temporary: PostgreSQL drops it at the end of the session.
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
    before: true,
    expected: "one for each auth pod, and one for the pod that comes before another goes",
    remedy:
      "`psql -h HOST -U postgres -c 'SELECT slot_name, active FROM pg_replication_slots'` lists them; drop what " +
      "nobody reads any more, or raise max_replication_slots",
    needs,
    run: (context) =>
      ask(context, async (session) => {
        const { replicas } = context.settings.teleport.auth;
        const slots = await session.query<{ own: boolean }>(
          // Teleport names its slots `teleport_<uuid>`. Its pods use them, so they do not count.
          "SELECT slot_name LIKE 'teleport\\_%' AND database = current_database() AS own FROM pg_replication_slots",
        );
        const limit = Number(await setting(session, "max_replication_slots"));
        const foreign = slots.filter(({ own }) => !own).length;
        const free = limit - foreign;
        const seen = `${free} of ${limit} for Teleport`;
        const list = psql(context, "SELECT slot_name, active FROM pg_replication_slots");
        const drop = psql(context, "SELECT pg_drop_replication_slot('NAME')");
        const remedy = `${list} lists them; ${drop} drops one that nobody reads any more; or raise max_replication_slots`;
        if (free > replicas) return ok(seen);
        return free < replicas
          ? failed(seen, { expected: `at least ${replicas}`, remedy })
          : warning(seen, { expected: `${replicas + 1} while pods are replaced`, remedy });
      }),
  },
  {
    id: "database.databases",
    title: "Both databases",
    before: true,
    expected: "state and audit database exist, and Teleport may make its tables there",
    remedy:
      "`psql -h HOST -U postgres -c 'GRANT USER TO CURRENT_USER' -c 'CREATE DATABASE NAME OWNER USER ENCODING UTF8 TEMPLATE template0'`; " +
      "`psql -h HOST -U postgres -c 'GRANT ALL ON DATABASE NAME TO USER'` where only the right is missing",
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
        const problems = names.flatMap((name) => databaseProblems(context, name, rows));
        return verdict(
          problems.map(({ seen }) => seen),
          names.join(", "),
          { remedy: problems.map(({ remedy }) => remedy).join("; ") },
        );
      }),
  },
];
