import { type Plain, word } from "../../tables/plain.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  computed,
  flag,
  kept,
  list,
  map,
  number,
  output,
  replace,
  required,
  set,
  text,
} from "../../tables/fields.ts";
import type { Vault } from "../client.ts";
import { namespace } from "../endpoint.ts";

const LISTS = {
  allowedManagedKeys: "allowed_managed_keys",
  allowedResponseHeaders: "allowed_response_headers",
  auditNonHmacRequestKeys: "audit_non_hmac_request_keys",
  auditNonHmacResponseKeys: "audit_non_hmac_response_keys",
  delegatedAuthAccessors: "delegated_auth_accessors",
  passthroughRequestHeaders: "passthrough_request_headers",
} as const;

/** Tunable settings of a mount, in the form of the API. */
function tuning(inputs: Plain): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [field, key] of Object.entries(LISTS)) {
    if (inputs[field] !== undefined) config[key] = inputs[field];
  }
  const ttl = (value: unknown) => (value === undefined ? undefined : `${Number(value)}s`);
  config["default_lease_ttl"] = ttl(inputs["defaultLeaseTtlSeconds"]);
  config["max_lease_ttl"] = ttl(inputs["maxLeaseTtlSeconds"]);
  config["listing_visibility"] = inputs["listingVisibility"];
  config["plugin_version"] = inputs["pluginVersion"];
  config["identity_token_key"] = inputs["identityTokenKey"];
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

export const mount: Resource<Vault> = {
  token: "vault:index/mount:Mount",
  fields: {
    path: text(required),
    type: text({ ...required, ...replace }),
    namespace,
    allowedManagedKeys: set(text()),
    allowedResponseHeaders: list(text()),
    auditNonHmacRequestKeys: list(text(), computed),
    auditNonHmacResponseKeys: list(text(), computed),
    defaultLeaseTtlSeconds: number(computed),
    delegatedAuthAccessors: list(text()),
    description: text(),
    externalEntropyAccess: flag(replace),
    forceNoCache: flag({ ...computed, ...replace }),
    identityTokenKey: text(),
    listingVisibility: text(),
    local: flag(replace),
    maxLeaseTtlSeconds: number(computed),
    options: map({ computed: true }),
    passthroughRequestHeaders: list(text()),
    pluginVersion: text(kept),
    sealWrap: flag({ ...computed, ...replace }),
    accessor: text(output),
  },
  async create({ client }, inputs) {
    const vault = client.within(inputs["namespace"]);
    const path = word(inputs["path"]).replace(/\/+$/, "");
    const config = tuning(inputs);
    if (inputs["forceNoCache"] !== undefined) config["force_no_cache"] = inputs["forceNoCache"];
    await vault.write(`sys/mounts/${path}`, {
      type: inputs["type"],
      description: inputs["description"] ?? "",
      config,
      local: inputs["local"] ?? false,
      seal_wrap: inputs["sealWrap"] ?? false,
      external_entropy_access: inputs["externalEntropyAccess"] ?? false,
      options: inputs["options"] ?? {},
    });
    return path;
  },
  async read({ client }, id, state) {
    const all = (await client.within(state["namespace"]).read("sys/mounts"))?.data ?? {};
    const found = all[`${id.replace(/\/+$/, "")}/`] as Plain | undefined;
    if (!found) return undefined;
    const config = (found["config"] ?? {}) as Plain;
    const lists = Object.entries(LISTS).map(
      ([field, key]) => [field, config[key] ?? null] as const,
    );
    return {
      id,
      path: id,
      type: found["type"] ?? null,
      description: found["description"] ?? "",
      accessor: found["accessor"] ?? null,
      local: found["local"] ?? false,
      sealWrap: found["seal_wrap"] ?? false,
      externalEntropyAccess: found["external_entropy_access"] ?? false,
      options: found["options"] ?? {},
      defaultLeaseTtlSeconds: config["default_lease_ttl"] ?? 0,
      maxLeaseTtlSeconds: config["max_lease_ttl"] ?? 0,
      forceNoCache: config["force_no_cache"] ?? false,
      listingVisibility: config["listing_visibility"] ?? null,
      identityTokenKey: config["identity_token_key"] ?? null,
      ...Object.fromEntries(lists),
    };
  },
  replaces: (news, olds) => (news["path"] === olds["path"] ? [] : ["path"]),
  async update({ client }, { id, news, changed }) {
    const body: Record<string, unknown> = { ...tuning(news) };
    if (changed.has("description")) body["description"] = news["description"] ?? "";
    if (changed.has("options")) body["options"] = news["options"] ?? {};
    for (const [field, key] of Object.entries(LISTS)) {
      if (changed.has(field)) body[key] = news[field] ?? [];
    }
    if (changed.has("listingVisibility"))
      body["listing_visibility"] = news["listingVisibility"] ?? "";
    await client.within(news["namespace"]).write(`sys/mounts/${id}/tune`, body);
  },
  delete: ({ client }, id, state) => client.within(state["namespace"]).remove(`sys/mounts/${id}`),
};
