# Vault policy access-plane-up: what a deployment of the reference stack writes, and what it checks
# before it starts.
# Policy and role are named NAMESPACE-STACK.
path "sys/policies/acl/teleport-prod" {
  capabilities = ["create", "read", "update", "delete"]
}
path "auth/kubernetes/role/teleport-prod" {
  capabilities = ["create", "read", "update", "delete"]
}
# With database.credentials.source: static-role.
path "database/static-roles/teleport" {
  capabilities = ["create", "read", "update", "delete"]
}
path "database/static-creds/teleport" {
  capabilities = ["read"]
}
path "database/config/infra-db" {
  capabilities = ["read"]
}
# The checks before a deployment: every path that the settings name exists and has its keys. With
# source: generated, the database's path needs create and update as well.
path "secret/data/infra-db/teleport" {
  capabilities = ["read"]
}
path "secret/data/teleport/agent" {
  capabilities = ["read"]
}
path "auth/kubernetes/config" {
  capabilities = ["read"]
}
# Pulumi's Vault provider works with a token of its own, which ends with the run.
path "auth/token/create" {
  capabilities = ["update"]
}
