import { computed, map, replace, required, set, text } from "../../tables/fields.ts";
import { endpoint, split } from "../endpoint.ts";
import { tokenFields } from "./token-fields.ts";
import { word } from "../../tables/plain.ts";

export const kubernetesRole = endpoint({
  token: "vault:kubernetes/authBackendRole:AuthBackendRole",
  identity: {
    backend: text({ ...replace, default: "kubernetes" }),
    roleName: text({ ...required, ...replace }),
  },
  body: {
    aliasMetadata: map(),
    aliasNameSource: text(computed),
    audience: text(),
    boundServiceAccountNames: set(text(), required),
    boundServiceAccountNamespaceSelector: text(),
    boundServiceAccountNamespaces: set(text()),
    ...tokenFields,
  },
  id: (inputs) => `auth/${word(inputs["backend"])}/role/${word(inputs["roleName"])}`,
  identify: split("role", ["backend", "roleName"], "auth/"),
  form: "auth/kubernetes/role/foo",
});
