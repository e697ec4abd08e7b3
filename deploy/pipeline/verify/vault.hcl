# Vault policy access-plane-verify: reads what the checks compare. It writes nothing.
# Policy and role are named NAMESPACE-STACK.
path "sys/policies/acl/teleport-prod" {
  capabilities = ["read"]
}
path "auth/kubernetes/role/teleport-prod" {
  capabilities = ["read"]
}
path "auth/kubernetes/config" {
  capabilities = ["read"]
}
path "database/static-roles/teleport" {
  capabilities = ["read"]
}
path "database/static-creds/teleport" {
  capabilities = ["read"]
}
path "database/config/infra-db" {
  capabilities = ["read"]
}
path "secret/data/infra-db/teleport" {
  capabilities = ["read"]
}
path "secret/data/teleport/agent" {
  capabilities = ["read"]
}
# The check for drift previews with Pulumi's Vault provider, which works with a token of its own.
path "auth/token/create" {
  capabilities = ["update"]
}
