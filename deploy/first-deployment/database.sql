-- Login role and databases of Teleport, for a server at Amazon RDS. Run it in psql with the variable
-- `password` set. Elsewhere, ALTER ROLE teleport REPLICATION takes the place of the GRANT.
CREATE ROLE teleport LOGIN PASSWORD :'password';
GRANT rds_replication TO teleport;
GRANT teleport TO CURRENT_USER;
CREATE DATABASE teleport OWNER teleport;
CREATE DATABASE teleport_audit OWNER teleport;
