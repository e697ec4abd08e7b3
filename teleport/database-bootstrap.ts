/**
 * Idempotent shell script that creates or updates Teleport's login role and its databases. It grants
 * the right to replicate by the role's attribute, or on Amazon RDS and Aurora by membership in
 * `rds_replication`. Reads PGHOST, PGPORT, PGUSER and PGPASSWORD of an administrator, and APP_USER,
 * APP_PASSWORD, STATE_DATABASE, AUDIT_DATABASE. Values reach SQL only through psql variables. The
 * administrator need not be a superuser: it becomes a member of the role, to give it databases. Since
 * PostgreSQL 16 who makes a role is a member that may not act as the role (`USAGE`).
 * Sources: Amazon RDS user guide, "Logical replication for Amazon RDS for PostgreSQL"; PostgreSQL,
 * `createrole_self_grant`.
 */
export const BOOTSTRAP_SCRIPT = String.raw`set -eu
: "\${APP_USER:?}" "\${APP_PASSWORD:?}" "\${STATE_DATABASE:?}" "\${AUDIT_DATABASE:?}"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv user APP_USER
\getenv password APP_PASSWORD
\getenv state STATE_DATABASE
\getenv audit AUDIT_DATABASE
SELECT format('CREATE ROLE %I', :'user')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'user', :'password') \gexec
SELECT CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication')
  THEN format('GRANT rds_replication TO %I', :'user')
  ELSE format('ALTER ROLE %I REPLICATION', :'user') END \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'user')
WHERE NOT pg_has_role(current_user, :'user', 'USAGE') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', name, :'user')
FROM unnest(ARRAY[:'state', :'audit']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', name, :'user')
FROM unnest(ARRAY[:'state', :'audit']) AS name \gexec
SQL
`.replaceAll("\\$", "$");
