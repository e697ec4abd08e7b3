/** What one resource type or function of a table-driven provider consists of. */
import type { CheckFailure, Host } from "../framework.ts";
import type { Plain } from "./plain.ts";
import type { Fields } from "./fields.ts";

/** What every operation gets beside its values. */
export interface Context<Client> {
  client: Client;
  signal: AbortSignal;
  /** Seconds until the operation gives up. */
  timeout: number;
  status: (message: string) => void;
}
export interface CreateContext<Client> extends Context<Client> {
  /** Tells that the resource exists from here on: a later failure keeps it in state. */
  exists: (id: string) => void;
}
export interface Change {
  id: string;
  olds: Plain;
  news: Plain;
  /** Top-level names of what changed. */
  changed: ReadonlySet<string>;
}

export interface Resource<Client> {
  token: string;
  fields: Fields;
  /** Named after the program's resource plus a random suffix when `field` is left out. */
  autoName?: { field: string; max: number; unless?: string };
  deleteBeforeReplace?: boolean;
  /** Default seconds of an operation without customTimeouts. */
  timeout?: number;
  /** Rules across fields. */
  validate?: (inputs: Plain) => CheckFailure[];
  /** Outputs that follow from inputs and provider settings alone: known in previews, compared by diff. */
  plan?: (client: Client, news: Plain, olds: Plain) => Plain;
  /** Names whose difference does not count. */
  ignores?: (news: Plain, olds: Plain) => string[];
  /** Names whose change replaces, beyond the fields' own. */
  replaces?: (news: Plain, olds: Plain) => string[];
  /** Makes it; resolves to the id. The state is what `read` then tells. */
  create: (context: CreateContext<Client>, inputs: Plain) => Promise<string | Created>;
  /** All outputs; undefined when it is gone. `state` is what is known (an import: nothing). */
  read: (context: Context<Client>, id: string, state: Plain) => Promise<Plain | undefined>;
  /** Resolves to state that `read` cannot tell, if any. */
  update?: (context: Context<Client>, change: Change) => Promise<Plain | undefined> | Promise<void>;
  /** Resolves also when it is gone already. */
  delete: (context: Context<Client>, id: string, state: Plain) => Promise<void>;
}
export interface Created {
  id: string;
  /** State that `read` cannot tell. */
  state: Plain;
}

export interface Lookup<Client> {
  token: string;
  /** Top-level results the engine must hide. */
  secrets?: string[];
  run: (context: Context<Client>, args: Plain) => Promise<Plain>;
}

export interface Catalogue<Client> {
  name: string;
  version: string;
  resources: Resource<Client>[];
  lookups: Lookup<Client>[];
  /** Settings that must stay out of plain sight. */
  secretSettings?: string[];
  /** Settings whose change makes a different provider of it. */
  replaceSettings?: string[];
  connect: (config: Plain, host: Host) => Promise<Client>;
}
