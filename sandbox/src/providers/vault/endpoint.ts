/** A resource that is one path of Vault's API: PUT its fields, GET them back, DELETE it. */
import type { Plain, PlainValue } from "../tables/plain.ts";
import type { Resource } from "../tables/definition.ts";
import type { Field, Fields } from "../tables/fields.ts";
import { text } from "../tables/fields.ts";
import type { Vault } from "./client.ts";

export interface Endpoint {
  token: string;
  /** Fields of the path, which are not part of the body. */
  identity: Fields;
  /** Fields of the body. Their API names are in snake case. */
  body: Fields;
  /** Id of the resource; also its path, unless `path` says otherwise. */
  id: (inputs: Plain) => string;
  path?: (id: string) => string;
  /** Identity from an id, for imports. Undefined for an id of another form. */
  identify: (id: string) => Plain | undefined;
  /** The form of the id. */
  form: string;
  autoName?: Resource<Vault>["autoName"];
  validate?: Resource<Vault>["validate"];
  replaces?: Resource<Vault>["replaces"];
  /** Changes the body before it is sent. */
  send?: (body: Record<string, unknown>, inputs: Plain) => void;
  /** API data → fields, where snake_case is not enough. */
  tell?: (data: Record<string, unknown>, state: Plain) => Plain;
  /** Vault has nothing to delete. */
  permanent?: boolean;
}

/** The namespace, which every Vault resource may have. */
export const namespace: Field = text({ replace: true, kept: true });

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What to send for a field the program no longer sets. */
function nothing(field: Field): PlainValue {
  switch (field.kind) {
    case "text":
      return "";
    case "number":
      return 0;
    case "flag":
      return false;
    case "list":
    case "set":
      return [];
    default:
      return {};
  }
}

/** Request body with the fields that are set and those to be cleared. */
export function toBody(
  fields: Fields,
  inputs: Plain,
  emptied: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    if (field.output) continue;
    const value = inputs[key] ?? (emptied.has(key) ? nothing(field) : undefined);
    if (value !== undefined) body[snake(key)] = value;
  }
  return body;
}

/** Fields from an API answer. */
export function fromData(fields: Fields, data: Record<string, unknown>): Plain {
  const out: Plain = {};
  for (const key of Object.keys(fields)) {
    const value = data[snake(key)] as PlainValue | undefined;
    if (value !== undefined && value !== null) out[key] = value;
  }
  return out;
}

export function endpoint(spec: Endpoint): Resource<Vault> {
  const fields: Fields = { ...spec.identity, namespace, ...spec.body };
  const path = spec.path ?? ((id: string) => id);
  const write = async (vault: Vault, id: string, inputs: Plain, emptied?: ReadonlySet<string>) => {
    const body = toBody(spec.body, inputs, emptied);
    spec.send?.(body, inputs);
    try {
      await vault.within(inputs["namespace"]).write(path(id), body);
    } catch (error) {
      throw new Error(`error writing ${path(id)}: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    token: spec.token,
    fields,
    autoName: spec.autoName,
    validate: spec.validate,
    replaces: spec.replaces,
    async create({ client, exists }, inputs) {
      const id = spec.id(inputs);
      await write(client, id, inputs);
      exists(id);
      return id;
    },
    async read({ client }, id, state) {
      const identity = spec.identify(id);
      if (!identity) throw new Error(`id ${id} of ${spec.token} must have the form ${spec.form}`);
      const answer = await client.within(state["namespace"]).read(path(id));
      if (!answer?.data) return undefined;
      const data = answer.data;
      return { ...fromData(spec.body, data), ...spec.tell?.(data, state), ...identity };
    },
    update: ({ client }, { id, news, changed }) => write(client, id, news, changed),
    async delete({ client }, id, state) {
      if (!spec.permanent) await client.within(state["namespace"]).remove(path(id));
    },
  };
}

/** `identify` of ids like `<backend>/<word>/<name>`, with names of the two fields. */
export function split(word: string, [first, second]: [string, string], prefix = "") {
  return (id: string): Plain | undefined => {
    const inner = id.startsWith(prefix) ? id.slice(prefix.length) : undefined;
    const at = inner?.lastIndexOf(`/${word}/`) ?? -1;
    if (inner === undefined || at < 1) return undefined;
    return { [first]: inner.slice(0, at), [second]: inner.slice(at + word.length + 2) };
  };
}
