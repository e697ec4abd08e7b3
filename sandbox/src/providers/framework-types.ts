import type { DiffResult } from "./framework-diff.ts";
import type { Props } from "./framework-values.ts";

/** Fields of every resource call. `type` is the full token (`random:index/randomId:RandomId`). */
export interface ResourceCall {
  urn: string;
  type: string;
  name: string;
  /** Aborted when the engine cancels the deployment, but not when the engine is gone. */
  signal: AbortSignal;
}
export interface CheckCall extends ResourceCall {
  olds: Props;
  news: Props;
  randomSeed: Buffer;
}
export interface DiffCall extends ResourceCall {
  id: string;
  /** Old outputs (state). */
  olds: Props;
  oldInputs: Props;
  news: Props;
  ignoreChanges: readonly string[];
}
export interface CreateCall extends ResourceCall {
  inputs: Props;
  preview: boolean;
  /** The customTimeouts value in seconds. 0 if the program sets none. */
  timeout: number;
}
export interface UpdateCall extends DiffCall {
  preview: boolean;
  timeout: number;
}
export interface ReadCall extends ResourceCall {
  id: string;
  /** The state. Empty for an import or a `.get`. */
  state: Props;
  inputs: Props;
  timeout: number;
}
export interface DeleteCall extends ResourceCall {
  id: string;
  state: Props;
  oldInputs: Props;
  timeout: number;
}
export interface CheckFailure {
  property: string;
  reason: string;
}
export interface CheckResult {
  inputs: Props;
  failures?: readonly CheckFailure[];
}
export interface CreateResult {
  id: string;
  outs: Props;
}
/** The result of `read`, which is undefined if the resource is gone. */
export interface ReadResult {
  id: string;
  outs: Props;
  inputs: Props;
}

/** A resource provider. Throw `InitError` when the resource exists but did not become ready. */
export interface Provider {
  name: string;
  version: string;
  checkConfig?(news: Props, olds: Props): CheckResult | Promise<CheckResult>;
  diffConfig?(olds: Props, news: Props): DiffResult | Promise<DiffResult>;
  configure?(config: Props, host: Host): void | Promise<void>;
  check?(call: CheckCall): CheckResult | Promise<CheckResult>;
  diff(call: DiffCall): DiffResult | Promise<DiffResult>;
  create(call: CreateCall): Promise<CreateResult>;
  read(call: ReadCall): Promise<ReadResult | undefined>;
  update(call: UpdateCall): Promise<Props>;
  delete(call: DeleteCall): Promise<void>;
  invoke?(token: string, args: Props, signal: AbortSignal): Promise<Props>;
}

/** Services of the engine for providers. */
export interface Host {
  log(severity: "debug" | "info" | "warning" | "error", message: string, urn?: string): void;
  /** A line that is shown only while the resource is being changed. */
  status(message: string, urn: string): void;
}

/** The resource exists but is not ready. The engine keeps the state and reports the reasons. */
export class InitError extends Error {
  readonly id: string;
  readonly outs: Props;
  readonly inputs: Props | undefined;
  readonly reasons: readonly string[];
  constructor(
    message: string,
    id: string,
    outs: Props,
    reasons: readonly string[],
    inputs?: Props,
  ) {
    super(message);
    this.name = "InitError";
    this.id = id;
    this.outs = outs;
    this.reasons = reasons;
    this.inputs = inputs;
  }
}
