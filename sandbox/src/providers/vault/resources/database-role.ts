import { computed, list, map, number, replace, required, text } from "../../tables/fields.ts";
import { endpoint, split } from "../endpoint.ts";
import { word } from "../../tables/plain.ts";

export const databaseRole = endpoint({
  token: "vault:database/secretBackendRole:SecretBackendRole",
  identity: {
    backend: text({ ...required, ...replace }),
    name: text(replace),
  },
  body: {
    dbName: text({ ...required, ...replace }),
    creationStatements: list(text(), required),
    credentialConfig: map(),
    credentialType: text(computed),
    defaultTtl: number(),
    maxTtl: number(),
    renewStatements: list(text()),
    revocationStatements: list(text()),
    rollbackStatements: list(text()),
  },
  autoName: { field: "name", max: 255 },
  id: (inputs) => `${word(inputs["backend"])}/roles/${word(inputs["name"])}`,
  identify: split("roles", ["backend", "name"]),
  form: "postgres/roles/my-role",
});
