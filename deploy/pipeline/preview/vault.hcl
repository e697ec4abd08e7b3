# Vault policy access-plane-preview: what the engine preview reads of the objects that the program
# makes. No secret of the plane.
# Policy and role are named NAMESPACE-STACK.
path "sys/policies/acl/teleport-prod" {
  capabilities = ["read"]
}
path "auth/kubernetes/role/teleport-prod" {
  capabilities = ["read"]
}
# With database.credentials.source: static-role. The answer has no password.
path "database/static-roles/teleport" {
  capabilities = ["read"]
}
# Pulumi's Vault provider works with a token of its own, which ends with the run.
path "auth/token/create" {
  capabilities = ["update"]
}
