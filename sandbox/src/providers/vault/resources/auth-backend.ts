import { type Plain, type PlainValue, word } from "../../tables/plain.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  block,
  computed,
  flag,
  kept,
  list,
  output,
  replace,
  required,
  text,
  type Field,
} from "../../tables/fields.ts";
import { seconds } from "./kv-config.ts";
import type { Vault } from "../client.ts";
import { namespace } from "../endpoint.ts";

/** A duration: `1h`, `3600s` and `3600` are the same. */
const sameDuration = (old: unknown, now: unknown) => toSeconds(old) === toSeconds(now);
const toSeconds = (value: unknown) =>
  /^\d+$/.test(word(value)) ? Number(value) : seconds(word(value));
const duration: Field = text({ computed: true, same: sameDuration });

const KEYS: Record<string, string> = {
  allowedResponseHeaders: "allowed_response_headers",
  auditNonHmacRequestKeys: "audit_non_hmac_request_keys",
  auditNonHmacResponseKeys: "audit_non_hmac_response_keys",
  defaultLeaseTtl: "default_lease_ttl",
  listingVisibility: "listing_visibility",
  maxLeaseTtl: "max_lease_ttl",
  passthroughRequestHeaders: "passthrough_request_headers",
  tokenType: "token_type",
};

function tuning(inputs: Plain): Record<string, unknown> {
  const tune = (inputs["tune"] ?? {}) as Plain;
  return Object.fromEntries(
    Object.entries(KEYS)
      .filter(([field]) => tune[field] !== undefined)
      .map(([field, key]) => [key, tune[field]]),
  );
}

export const authBackend: Resource<Vault> = {
  token: "vault:index/authBackend:AuthBackend",
  fields: {
    type: text({ ...required, ...replace }),
    path: text({ ...computed, ...replace }),
    namespace,
    description: text(),
    disableRemount: flag({ ...kept, default: false }),
    identityTokenKey: text(),
    local: flag(replace),
    tune: block(
      {
        allowedResponseHeaders: list(text()),
        auditNonHmacRequestKeys: list(text()),
        auditNonHmacResponseKeys: list(text()),
        defaultLeaseTtl: duration,
        listingVisibility: text(),
        maxLeaseTtl: duration,
        passthroughRequestHeaders: list(text()),
        tokenType: text(computed),
      },
      computed,
    ),
    accessor: text(output),
  },
  async create({ client }, inputs) {
    const path = word(inputs["path"] ?? inputs["type"]).replace(/\/+$/, "");
    await client.within(inputs["namespace"]).write(`sys/auth/${path}`, {
      type: inputs["type"],
      description: inputs["description"] ?? "",
      local: inputs["local"] ?? false,
      config: tuning(inputs),
    });
    return path;
  },
  async read({ client }, id, state) {
    const vault = client.within(state["namespace"]);
    const found = (await vault.read("sys/auth"))?.data?.[`${id}/`] as Plain | undefined;
    if (!found) return undefined;
    const config = (found["config"] ?? {}) as Plain;
    const told = Object.entries(KEYS)
      .filter(([, key]) => config[key] !== undefined)
      .map(([field, key]) => {
        const value = config[key] as PlainValue;
        return [field, typeof value === "number" ? `${value}s` : value];
      });
    return {
      path: id,
      type: found["type"] ?? null,
      description: found["description"] ?? "",
      local: found["local"] ?? false,
      accessor: found["accessor"] ?? null,
      identityTokenKey: config["identity_token_key"] ?? null,
      tune: Object.fromEntries(told) as Plain,
    };
  },
  async update({ client }, { id, news }) {
    const body = { ...tuning(news), description: news["description"] ?? "" };
    await client.within(news["namespace"]).write(`sys/auth/${id}/tune`, body);
  },
  delete: ({ client }, id, state) => client.within(state["namespace"]).remove(`sys/auth/${id}`),
};
