/** Any secret that is written and read at one path (KV version 1 and 2, cubbyhole). */
import { type Plain, word } from "../../tables/plain.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  flag,
  kept,
  map,
  output,
  replace,
  required,
  sameJson,
  secret,
  text,
} from "../../tables/fields.ts";
import type { Vault } from "../client.ts";
import { namespace } from "../endpoint.ts";
import { place } from "./generic-path.ts";
import { toStrings } from "./kv-secret.ts";

async function write(client: Vault, path: string, inputs: Plain): Promise<void> {
  const vault = client.within(inputs["namespace"]);
  const at = await place(vault, path);
  const data = JSON.parse(word(inputs["dataJson"])) as Record<string, unknown>;
  await vault.write(at.data, at.version2 ? { data, options: {} } : data);
}

export const genericSecret: Resource<Vault> = {
  token: "vault:generic/secret:Secret",
  fields: {
    path: text({ ...required, ...replace }),
    namespace,
    dataJson: text({ ...required, ...secret, same: sameJson }),
    deleteAllVersions: flag({ ...kept, default: false }),
    disableRead: flag({ ...kept, default: false }),
    data: map({ ...output, ...secret }),
  },
  async create({ client }, inputs) {
    const path = word(inputs["path"]);
    await write(client, path, inputs);
    return path;
  },
  async read({ client }, id, state): Promise<Plain | undefined> {
    if (state["disableRead"]) return { ...state, path: id };
    const vault = client.within(state["namespace"]);
    const at = await place(vault, id);
    const answer = (await vault.read(at.data))?.data;
    const data = at.version2 ? (answer?.["data"] as Record<string, unknown> | null) : answer;
    if (!data) return undefined;
    const [before, now] = [state["dataJson"] ?? null, JSON.stringify(data)];
    const json = before !== null && sameJson(before, now) ? before : now;
    return { path: id, dataJson: json, data: toStrings(data) };
  },
  update: ({ client }, { id, news }) => write(client, id, news),
  async delete({ client }, id, state) {
    const vault = client.within(state["namespace"]);
    const at = await place(vault, id);
    await vault.remove(state["deleteAllVersions"] ? at.metadata : at.data);
  },
};
