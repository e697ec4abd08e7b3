import { replace, required, text } from "../../tables/fields.ts";
import { endpoint } from "../endpoint.ts";
import { word } from "../../tables/plain.ts";

export const policy = endpoint({
  token: "vault:index/policy:Policy",
  identity: { name: text(replace) },
  body: { policy: text(required) },
  autoName: { field: "name", max: 255 },
  id: (inputs) => word(inputs["name"]),
  path: (id) => `sys/policies/acl/${id}`,
  identify: (id) => ({ name: id }),
  form: "dev-team",
});
