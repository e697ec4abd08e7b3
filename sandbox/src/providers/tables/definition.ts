/** Definition of one resource type or function of a table-driven provider. */
import type { CheckFailure, Host } from "../framework.ts";
import type { Plain } from "./plain.ts";
import type { Fields } from "./fields.ts";

/** What every operation gets in addition to its values. */
export interface Context<Client> {
  client: Client;
  signal: AbortSignal;
  /** Timeout of the operation in seconds. */
  timeout: number;
  status: (message: string) => void;
}
export interface CreateContext<Client> extends Context<Client> {
  /** Records that the resource exists now, so that a later failure keeps it in the state. */
  exists: (id: string) => void;
}
export interface Change {
  id: string;
  olds: Plain;
  news: Plain;
  /** Names of the changed top-level fields. */
  changed: ReadonlySet<string>;
}

export interface Resource<Client> {
  token: string;
  fields: Fields;
  /** Default of `field`: the program's name with a random suffix. */
  autoName?: { field: string; max: number; unless?: string };
  deleteBeforeReplace?: boolean;
  /** Default seconds of an operation without customTimeouts. */
  timeout?: number;
  /** Rules across fields. */
  validate?: (inputs: Plain) => CheckFailure[];
  /** Outputs that depend only on inputs and provider settings. Previews know them, and diff compares them. */
  plan?: (client: Client, news: Plain, olds: Plain) => Plain;
  /** Fields whose differences are ignored. */
  ignores?: (news: Plain, olds: Plain) => string[];
  /** More fields whose change replaces the resource. */
  replaces?: (news: Plain, olds: Plain) => string[];
  /** Creates the resource, and resolves to its id. `read` then returns the state. */
  create: (context: CreateContext<Client>, inputs: Plain) => Promise<string | Created>;
  /** All outputs, or undefined if the resource is gone. `state` is empty for an import. */
  read: (context: Context<Client>, id: string, state: Plain) => Promise<Plain | undefined>;
  /** Resolves to the part of the state that `read` cannot see, if any. */
  update?: (context: Context<Client>, change: Change) => Promise<Plain | undefined> | Promise<void>;
  /** Resolves also if the resource is already gone. */
  delete: (context: Context<Client>, id: string, state: Plain) => Promise<void>;
}
export interface Created {
  id: string;
  /** State that `read` cannot see. */
  state: Plain;
}

export interface Lookup<Client> {
  token: string;
  /** Top-level results that the engine must mark as secret. */
  secrets?: string[];
  run: (context: Context<Client>, args: Plain) => Promise<Plain>;
}

export interface Catalogue<Client> {
  name: string;
  version: string;
  /** Secret settings. */
  secretSettings?: string[];
  /** Settings whose change replaces the provider. */
  replaceSettings?: string[];
  /** Loads the rest when the provider is configured: meanwhile the engine starts the next plugin. */
  parts: () => Promise<Parts<Client>>;
}

/** What a provider can do once it is configured. */
export interface Parts<Client> {
  resources: Resource<Client>[];
  lookups: Lookup<Client>[];
  connect: (config: Plain, host: Host) => Promise<Client>;
}
