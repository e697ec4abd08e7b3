/** A provider made from tables. Implements the resource protocol once for all described types. */
import {
  deepDiff,
  inheritSecrets,
  InitError,
  markSecret,
  plain as unwrapped,
  underPath,
  type CreateCall,
  type DiffCall,
  type DiffResult,
  type Host,
  type Props,
  type Provider,
  type ReadCall,
  type ResourceCall,
  type UpdateCall,
} from "../framework.ts";
import { checkInputs, DEFAULTS } from "./check.ts";
import { compare, same, type FieldChange } from "./compare.ts";
import type { Catalogue, Context, Lookup, Resource } from "./definition.ts";
import type { Plain } from "./plain.ts";
import { inputsOf, previewState, seal, stateOf, wanted } from "./state.ts";

const DEFAULT_TIMEOUT = 600;
const bare = (props: Props): Plain => unwrapped(props) as Plain;

export function tableProvider<Client>(catalogue: Catalogue<Client>): Provider {
  let resources = new Map<string, Resource<Client>>();
  let lookups = new Map<string, Lookup<Client>>();
  let client: Client | undefined;
  let host: Host | undefined;

  const find = (token: string): Resource<Client> => {
    const resource = resources.get(token);
    if (resource) return resource;
    throw new Error(
      `${catalogue.name}: the offline stand-in has no resource type ${token}; ` +
        `it has ${[...resources.keys()].sort().join(", ")}`,
    );
  };
  const connected = (): Client => {
    if (client === undefined) throw new Error(`${catalogue.name}: provider is not configured`);
    return client;
  };
  const context = (
    call: ResourceCall & { timeout?: number },
    resource?: Resource<Client>,
  ): Context<Client> => ({
    client: connected(),
    signal: call.signal,
    timeout: call.timeout || resource?.timeout || DEFAULT_TIMEOUT,
    status: (message) => host?.status(message, call.urn),
  });

  return {
    name: catalogue.name,
    version: catalogue.version,
    checkConfig: (news) => ({ inputs: markSecret(news, catalogue.secretSettings ?? []) }),
    diffConfig(olds, news) {
      const detailedDiff = deepDiff(olds, news);
      const forcing = catalogue.replaceSettings ?? [];
      const replaces = detailedDiff
        .filter((change) => forcing.some((name) => underPath(change.keys, name)))
        .map((change) => change.path);
      return { changes: detailedDiff.length > 0, detailedDiff, replaces };
    },
    async configure(config, engine) {
      host = engine;
      const parts = await catalogue.parts();
      resources = new Map(parts.resources.map((r) => [r.token, r]));
      lookups = new Map(parts.lookups.map((l) => [l.token, l]));
      client = await parts.connect(bare(config), engine);
    },
    check: (call) => checkInputs(find(call.type), { ...call, olds: bare(call.olds) }),
    diff: (call) => diffOf(find(call.type), connected(), call),
    create: (call) => createOne(find(call.type), call, context(call, find(call.type))),
    read: (call) => readOne(find(call.type), call, context(call, find(call.type))),
    update: (call) => updateOne(find(call.type), call, context(call, find(call.type))),
    async delete(call) {
      const resource = find(call.type);
      await resource.delete(context(call, resource), call.id, bare(call.state));
    },
    async invoke(token, args, signal) {
      const lookup = lookups.get(token);
      if (!lookup) {
        throw new Error(`${catalogue.name}: the offline stand-in has no function ${token}`);
      }
      const call = { urn: "", type: token, name: "", signal };
      return markSecret(await lookup.run(context(call), bare(args)), lookup.secrets ?? []);
    },
  };
}

function diffOf<Client>(resource: Resource<Client>, client: Client, call: DiffCall): DiffResult {
  const [olds, news] = [bare(call.olds), wanted(bare(call.news))];
  const changes = changesOf(resource, client, olds, news, call.ignoreChanges);
  const forced = resource.replaces?.(news, olds) ?? [];
  const replaces = changes
    .filter((change) => change.replace || forced.includes(String(change.keys[0])))
    .map((change) => change.path);
  return {
    changes: changes.length > 0,
    detailedDiff: changes,
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 && (resource.deleteBeforeReplace || nameStays(resource, olds, call.news)),
  };
}

/** True if old and new resource would have the same fixed name, which cannot exist twice. */
function nameStays<Client>(resource: Resource<Client>, olds: Props, news: Props): boolean {
  const field = resource.autoName?.field;
  if (!field || news[field] === undefined || olds[field] !== bare(news)[field]) return false;
  const defaults = news[DEFAULTS];
  return !(Array.isArray(defaults) && defaults.includes(field));
}

function changesOf<Client>(
  resource: Resource<Client>,
  client: Client,
  olds: Plain,
  news: Plain,
  ignoreChanges: readonly string[] = [],
): FieldChange[] {
  const ignored = new Set(resource.ignores?.(news, olds) ?? []);
  const changes = compare(resource.fields, olds, news);
  for (const [key, value] of Object.entries(resource.plan?.(client, news, olds) ?? {})) {
    const field = resource.fields[key];
    if (!field || olds[key] === undefined || same(field, olds[key], value)) continue;
    if (changes.some((change) => change.keys[0] === key)) continue;
    changes.push({ path: key, keys: [key], kind: "update", replace: !!field.replace });
  }
  return changes.filter(
    (change) =>
      !ignored.has(String(change.keys[0])) &&
      !ignoreChanges.some((pattern) => underPath(change.keys, pattern)),
  );
}

async function createOne<Client>(
  resource: Resource<Client>,
  call: CreateCall,
  context: Context<Client>,
) {
  const inputs = wanted(bare(call.inputs));
  const planned = resource.plan?.(context.client, inputs, {}) ?? {};
  const finish = (outs: Props) => inheritSecrets(seal(resource.fields, outs), call.inputs);
  if (call.preview) return { id: "", outs: finish(previewState(resource, planned, inputs)) };

  let id: string | undefined;
  const known: Plain = { ...planned, ...inputs };
  try {
    const made = await resource.create({ ...context, exists: (at) => (id = at) }, inputs);
    id = typeof made === "string" ? made : made.id;
    if (typeof made !== "string") Object.assign(known, made.state);
    const told = await resource.read(context, id, known);
    if (!told) throw new Error(`${resource.token} ${id} was created, but cannot be read back`);
    return { id, outs: finish(stateOf(resource, told, known)) };
  } catch (error) {
    if (id === undefined) throw error;
    const reason = messageOf(error);
    const told = await resource.read(context, id, known).catch(() => undefined);
    throw new InitError(reason, id, finish(stateOf(resource, told ?? {}, known)), [reason]);
  }
}

async function readOne<Client>(
  resource: Resource<Client>,
  call: ReadCall,
  context: Context<Client>,
) {
  const [state, before] = [bare(call.state), bare(call.inputs)];
  const told = await resource.read(context, call.id, state);
  if (!told) return undefined;
  const outs = stateOf(resource, told, { ...wanted(before), ...state });
  const inputs = inputsOf(resource, outs, before);
  return {
    id: typeof told["id"] === "string" && !("id" in resource.fields) ? told["id"] : call.id,
    outs: inheritSecrets(seal(resource.fields, outs), call.state),
    inputs: seal(resource.fields, inputs),
  };
}

async function updateOne<Client>(
  resource: Resource<Client>,
  call: UpdateCall,
  context: Context<Client>,
): Promise<Props> {
  const [olds, news] = [bare(call.olds), wanted(bare(call.news))];
  const planned = resource.plan?.(context.client, news, olds) ?? {};
  const finish = (outs: Props) => inheritSecrets(seal(resource.fields, outs), call.news);
  if (call.preview) return finish(previewState(resource, planned, news, olds));

  const changes = changesOf(resource, context.client, olds, news, call.ignoreChanges);
  const changed = new Set(changes.map((change) => String(change.keys[0])));
  const known = Object.fromEntries(
    Object.entries({ ...olds, ...planned, ...news }).filter(([key]) => {
      const field = resource.fields[key];
      return !field?.kept || field.output || news[key] !== undefined;
    }),
  );
  try {
    const extra = await resource.update?.(context, { id: call.id, olds, news, changed });
    Object.assign(known, extra ?? {});
  } catch (error) {
    const told = await resource.read(context, call.id, olds).catch(() => undefined);
    if (!told) throw error;
    const reason = messageOf(error);
    throw new InitError(reason, call.id, finish(stateOf(resource, told, olds)), [reason]);
  }
  const told = await resource.read(context, call.id, known);
  if (!told) throw new Error(`${resource.token} ${call.id} is gone; run with --refresh`);
  return finish(stateOf(resource, told, known));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
