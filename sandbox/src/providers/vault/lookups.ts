/** Functions: reading secrets, and policy documents from rules. */
import { isPlainMap, type Plain, type PlainValue, word } from "../tables/plain.ts";
import type { Lookup } from "../tables/definition.ts";
import type { Vault } from "./client.ts";
import { place } from "./resources/generic-path.ts";
import { toStrings } from "./resources/kv-secret.ts";

const getSecretV2: Lookup<Vault> = {
  token: "vault:kv/getSecretV2:getSecretV2",
  secrets: ["data", "dataJson"],
  async run({ client }, args) {
    const path = `${word(args["mount"])}/data/${word(args["name"])}`;
    const query = args["version"] ? `?version=${word(args["version"])}` : "";
    const found = (await client.within(args["namespace"]).read(path, query))?.data;
    const data = found?.["data"] as Record<string, unknown> | null | undefined;
    if (!found || !data) throw new Error(`no secret found at "${path}"`);
    const metadata = (found["metadata"] ?? {}) as Plain;
    return {
      ...args,
      id: path,
      path,
      data: toStrings(data),
      dataJson: JSON.stringify(data),
      createdTime: metadata["created_time"] ?? "",
      deletionTime: metadata["deletion_time"] ?? "",
      destroyed: metadata["destroyed"] ?? false,
      customMetadata: toStrings((metadata["custom_metadata"] ?? {}) as Record<string, unknown>),
      version: metadata["version"] ?? 0,
    };
  },
};

const getSecret: Lookup<Vault> = {
  token: "vault:generic/getSecret:getSecret",
  secrets: ["data", "dataJson"],
  async run({ client }, args) {
    const path = word(args["path"]);
    const vault = client.within(args["namespace"]);
    const at = await place(vault, path);
    const version = Number(args["version"] ?? -1);
    const query = at.version2 && version > 0 ? `?version=${version}` : "";
    const answer = await vault.read(at.data, query);
    const data = at.version2 ? (answer?.data?.["data"] as Plain | null) : answer?.data;
    if (!answer || !data) throw new Error(`no secret found at "${path}"`);
    return {
      ...args,
      id: path,
      data: toStrings(data),
      dataJson: JSON.stringify(data),
      leaseId: word(answer["lease_id"] ?? ""),
      leaseDuration: Number(answer["lease_duration"] ?? 0),
      leaseRenewable: Boolean(answer["renewable"]),
      leaseStartTime: new Date().toISOString(),
    };
  },
};

const quoted = (items: PlainValue | undefined) =>
  `[${((items ?? []) as string[]).map((item) => JSON.stringify(item)).join(", ")}]`;

function parameters(name: string, value: PlainValue | undefined): string[] {
  if (!Array.isArray(value) || value.length === 0) return [];
  const lines = value
    .filter(isPlainMap)
    .map((p) => `    ${JSON.stringify(p["key"])} = ${quoted(p["values"])}`);
  return [`  ${name} = {`, ...lines, "  }"];
}

/** One rule in HCL. */
function ruleText(rule: Plain): string {
  const optional = (name: string, value: PlainValue | undefined) =>
    value ? [`  ${name} = ${JSON.stringify(value)}`] : [];
  const lists = (name: string, value: PlainValue | undefined) =>
    Array.isArray(value) && value.length > 0 ? [`  ${name} = ${quoted(value)}`] : [];
  return [
    ...(rule["description"] ? [`# ${word(rule["description"])}`] : []),
    `path ${JSON.stringify(rule["path"])} {`,
    `  capabilities = ${quoted(rule["capabilities"])}`,
    ...lists("required_parameters", rule["requiredParameters"]),
    ...parameters("allowed_parameters", rule["allowedParameters"]),
    ...parameters("denied_parameters", rule["deniedParameters"]),
    ...optional("min_wrapping_ttl", rule["minWrappingTtl"]),
    ...optional("max_wrapping_ttl", rule["maxWrappingTtl"]),
    ...lists("subscribe_event_types", rule["subscribeEventTypes"]),
    "}",
  ].join("\n");
}

const getPolicyDocument: Lookup<Vault> = {
  token: "vault:index/getPolicyDocument:getPolicyDocument",
  run(_context, args) {
    const rules = (Array.isArray(args["rules"]) ? args["rules"] : []).filter(isPlainMap);
    const hcl = rules.map((rule) => `${ruleText(rule)}\n`).join("\n");
    return Promise.resolve({ ...args, id: word(hash(hcl)), rules, hcl });
  },
};

function hash(text: string): number {
  let value = 0;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return value;
}

export const lookups = [getSecretV2, getSecret, getPolicyDocument];
