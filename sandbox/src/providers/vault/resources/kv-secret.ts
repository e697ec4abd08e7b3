/** A secret of a KV version 2 engine. */
import type { CheckFailure } from "../../framework.ts";
import { type Plain, type PlainValue, word } from "../../tables/plain.ts";
import type { Context, Resource } from "../../tables/definition.ts";
import {
  block,
  computed,
  flag,
  kept,
  map,
  number,
  output,
  replace,
  required,
  sameJson,
  secret,
  text,
} from "../../tables/fields.ts";
import { VaultError, type Vault } from "../client.ts";
import { namespace } from "../endpoint.ts";
import { seconds } from "./kv-config.ts";

/** Any JSON values as the string map Pulumi shows. */
export function toStrings(data: Record<string, unknown>): Plain {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

const metadataPath = (props: Plain) => `${word(props["mount"])}/metadata/${word(props["name"])}`;

async function writeData(vault: Vault, id: string, inputs: Plain, fresh: boolean): Promise<void> {
  const json = inputs["dataJson"] ?? inputs["dataJsonWo"];
  const options: Plain = { ...(inputs["options"] as Plain | undefined) };
  if (inputs["cas"] !== undefined) options["cas"] = inputs["cas"];
  try {
    await vault.write(id, { data: JSON.parse(word(json)), options });
  } catch (error) {
    const action = fresh ? "writing" : "updating";
    throw new Error(`error ${action} secret data to ${id}, err=${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function writeMetadata(vault: Vault, inputs: Plain): Promise<void> {
  const wanted = (inputs["customMetadata"] ?? {}) as Plain;
  await vault.write(metadataPath(inputs), {
    max_versions: wanted["maxVersions"] ?? 0,
    cas_required: wanted["casRequired"] ?? false,
    delete_version_after: `${Number(wanted["deleteVersionAfter"] ?? 0)}s`,
    custom_metadata: wanted["data"] ?? {},
  });
}

/** The current version; undefined when absent or deleted. */
async function current(vault: Vault, id: string): Promise<Record<string, PlainValue> | undefined> {
  const answer = await vault.read(id);
  const data = answer?.data as Record<string, PlainValue> | null | undefined;
  return data?.["data"] ? data : undefined;
}

async function readCustom(vault: Vault, props: Plain): Promise<Plain> {
  const data = (await vault.read(metadataPath(props)))?.data ?? {};
  return {
    maxVersions: Number(data["max_versions"] ?? 0),
    casRequired: Boolean(data["cas_required"]),
    deleteVersionAfter: seconds(data["delete_version_after"]),
    data: toStrings((data["custom_metadata"] ?? {}) as Record<string, unknown>),
  };
}

async function read({ client }: Context<Vault>, id: string, state: Plain) {
  const at = id.indexOf("/data/");
  if (at < 1) throw new Error(`id ${id} of a KV v2 secret must have the form kvv2/data/secret`);
  const vault = client.within(state["namespace"]);
  const told: Plain = { mount: id.slice(0, at), name: id.slice(at + 6), path: id };
  if (state["disableRead"]) return { ...state, ...told };
  let found: Record<string, PlainValue> | undefined;
  try {
    found = await current(vault, id);
  } catch (error) {
    if (!(error instanceof VaultError && error.status === 403)) throw error;
    throw new Error(`error reading secret data from ${id}: ${error.message}`, { cause: error });
  }
  if (!found) return undefined;
  told["metadata"] = toStrings((found["metadata"] ?? {}) as Record<string, unknown>);
  if (state["customMetadata"] !== undefined || state["mount"] === undefined) {
    told["customMetadata"] = await readCustom(vault, told);
  }
  if (state["dataJsonWoVersion"] === undefined) {
    const data = found["data"] as Record<string, unknown>;
    told["data"] = toStrings(data);
    const before = state["dataJson"];
    const now = JSON.stringify(data);
    told["dataJson"] =
      before !== undefined && before !== null && sameJson(before, now) ? before : now;
  }
  return told;
}

export const kvSecret: Resource<Vault> = {
  token: "vault:kv/secretV2:SecretV2",
  fields: {
    mount: text({ ...required, ...replace }),
    name: text(replace),
    namespace,
    cas: number(kept),
    customMetadata: block(
      {
        casRequired: flag(),
        data: map(),
        deleteVersionAfter: number(),
        maxVersions: number(),
      },
      computed,
    ),
    dataJson: text({ ...secret, computed: true, same: sameJson }),
    dataJsonWo: text({ ...secret, writeOnly: true }),
    dataJsonWoVersion: number(kept),
    deleteAllVersions: flag({ ...kept, default: false }),
    disableRead: flag({ ...kept, default: false }),
    options: map(kept),
    data: map({ ...output, ...secret }),
    metadata: map(output),
    path: text(output),
  },
  autoName: { field: "name", max: 255 },
  validate: oneSource,
  async create({ client, exists }, inputs) {
    const vault = client.within(inputs["namespace"]);
    const id = `${word(inputs["mount"])}/data/${word(inputs["name"])}`;
    await writeData(vault, id, inputs, true);
    exists(id);
    if (inputs["customMetadata"]) await writeMetadata(vault, inputs);
    return id;
  },
  read,
  async update({ client }, { id, news, changed }) {
    const vault = client.within(news["namespace"]);
    const sent = ["cas", "dataJson", "dataJsonWoVersion", "options"];
    if (sent.some((name) => changed.has(name))) await writeData(vault, id, news, false);
    if (changed.has("customMetadata")) await writeMetadata(vault, news);
  },
  async delete({ client }, id, state) {
    const vault = client.within(state["namespace"]);
    await vault.remove(state["deleteAllVersions"] ? id.replace("/data/", "/metadata/") : id);
  },
};

function oneSource(inputs: Plain): CheckFailure[] {
  const given = ["dataJson", "dataJsonWo"].filter((name) => inputs[name] !== undefined);
  if (given.length !== 1) {
    const reason =
      'Invalid combination of arguments. One of "dataJson", "dataJsonWo" must be given';
    return [{ property: "dataJson", reason }];
  }
  const json = inputs[given[0] as string];
  if (typeof json !== "string") return [];
  try {
    JSON.parse(json);
    return [];
  } catch {
    return [{ property: given[0] as string, reason: `"${given[0]}" contains an invalid JSON` }];
  }
}
