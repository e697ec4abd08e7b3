/** Any path of the API as a resource: write a document, read it back, delete the path. */
import { type Plain, type PlainValue, word } from "../../tables/plain.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  flag,
  kept,
  list,
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
import { toStrings } from "./kv-secret.ts";

type Document = Record<string, unknown>;

/** Writes. Resolves to the members of the answer that the program asks for. */
async function write(client: Vault, path: string, inputs: Plain): Promise<Plain> {
  const body = JSON.parse(word(inputs["dataJson"])) as Document;
  const answer = await client.within(inputs["namespace"]).write(path, body);
  const data = (answer.data ?? {}) as Document;
  const wanted = (inputs["writeFields"] ?? []) as string[];
  const picked = Object.fromEntries(
    wanted.filter((name) => data[name] !== undefined).map((name) => [name, data[name]]),
  );
  return { writeData: toStrings(picked), writeDataJson: JSON.stringify(picked) };
}

/** The part of the document that the program sets, if it asks for that. */
function compared(data: Document, state: Plain): PlainValue {
  const before = state["dataJson"];
  if (typeof before !== "string") return JSON.stringify(data);
  const said = JSON.parse(before) as Document;
  const part = state["ignoreAbsentFields"]
    ? Object.fromEntries(Object.keys(said).map((key) => [key, data[key]]))
    : data;
  const now = JSON.stringify(part);
  return sameJson(before, now) ? before : now;
}

export const genericEndpoint: Resource<Vault> = {
  token: "vault:generic/endpoint:Endpoint",
  fields: {
    path: text({ ...required, ...replace }),
    namespace,
    dataJson: text({ ...required, ...secret, same: sameJson }),
    disableDelete: flag({ ...kept, default: false }),
    disableRead: flag({ ...kept, default: false }),
    ignoreAbsentFields: flag({ ...kept, default: false }),
    writeFields: list(text(), kept),
    writeData: map({ ...output, ...kept }),
    writeDataJson: text({ ...output, ...kept }),
  },
  async create({ client }, inputs) {
    const path = word(inputs["path"]);
    return { id: path, state: await write(client, path, inputs) };
  },
  async read({ client }, id, state): Promise<Plain | undefined> {
    if (state["disableRead"]) return { ...state, path: id };
    const data = (await client.within(state["namespace"]).read(id))?.data;
    return data ? { path: id, dataJson: compared(data, state) } : undefined;
  },
  update: ({ client }, { id, news }) => write(client, id, news),
  async delete({ client }, id, state) {
    if (!state["disableDelete"]) await client.within(state["namespace"]).remove(id);
  },
};
