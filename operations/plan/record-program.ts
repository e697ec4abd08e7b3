import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import { SECRET } from "../base/redact";
import { urnType } from "../base/urn";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings";

/** A resource as the program registered it, in order of registration. */
export interface RecordedResource {
  urn: string;
  type: string;
  name: string;
  /** Inputs, with secrets replaced by {@link SECRET}. */
  inputs: Record<string, unknown>;
  /** Inputs that are, or contain, a secret. */
  secretInputs: string[];
  /** URN of the parent. Empty for the stack. */
  parent: string;
  /** URNs of its dependencies. */
  dependencies: string[];
  /** `type::name` of the provider. Empty for components. */
  provider: string;
  protect: boolean;
}

/** Replaces the engine and its providers. */
export interface Answers {
  /** Outputs of a resource in addition to its inputs. */
  outputs(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown>;
  /** Result of a provider function. */
  call(token: string, inputs: Record<string, unknown>): Record<string, unknown>;
}

function masked(value: unknown): unknown {
  if (rpc.isRpcSecret(value)) return SECRET;
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item)]));
  }
  return value;
}

/** True for a value that the SDK marks, such as a secret, or that contains one. */
function holdsMarked(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return pulumi.runtime.specialSigKey in value || Object.values(value).some(holdsMarked);
}

type Values = Record<string, unknown>;

/** What differs between both. */
interface Recorded {
  inputs: Values;
  /** Empty for a new one. */
  id: string;
  protect: boolean;
}

/** Common fields of both kinds of registration. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
}

interface Properties {
  toJavaScript(): object;
}

type Callback = (error: unknown, response: object) => void;
type RegisterArgs = [
  request: Request & { getObject(): Properties; getProtect(): boolean; getImportid(): string },
  callback: Callback,
];
type ReadArgs = [request: Request & { getProperties(): Properties; getId(): string }, Callback];

/**
 * Its answers are no messages of protobuf, as those of the SDK's own monitor are: to make and read one costs as
 * much as the rest of a registration, and the SDK writes each as text for its debug log.
 */
class Recorder extends MockMonitor {
  readonly recorded: RecordedResource[] = [];

  constructor(
    private readonly answers: Answers,
    /** Start of each URN, with the stack and the project. */
    private readonly place: string,
  ) {
    super({
      newResource: () => ({ id: "", state: {} }),
      call: ({ token, inputs }) => answers.call(token, inputs as Values),
    });
  }

  private record(request: Request, { inputs, ...rest }: Recorded): object {
    const [type, name] = [request.getType(), request.getName()];
    const parent = request.getParent();
    const chain = parent === "" ? type : `${urnType(parent)}$${type}`;
    const urn = [this.place, chain, name].join("::");
    const id = rest.id === "" ? `${name}-id` : rest.id;
    // Nobody asks the monitor for their state.
    this.resources.set(urn, { urn, id, state: {} });
    const secretInputs = Object.keys(inputs).filter((key) => holdsMarked(inputs[key]));
    this.recorded.push({
      urn,
      type,
      name,
      inputs: secretInputs.length === 0 ? inputs : (masked(inputs) as Values),
      secretInputs,
      parent,
      dependencies: request.getDependenciesList(),
      provider: request.getProvider().split("::").slice(2, 4).join("::"),
      protect: rest.protect,
    });
    const state = { ...inputs, ...this.answers.outputs(type, name, inputs) };
    const properties: Properties = { toJavaScript: () => state };
    return {
      getUrn: () => urn,
      getId: () => id,
      getObject: () => properties,
      getProperties: () => properties,
      getPropertydependenciesMap: () => undefined,
      getResult: () => 0,
      getUnknown: () => false,
    };
  }

  private answer(request: Request, callback: Callback, recorded: Recorded): Promise<void> {
    try {
      callback(null, this.record(request, recorded));
    } catch (error) {
      callback(error, {});
    }
    return Promise.resolve();
  }

  override registerResource(...[request, callback]: RegisterArgs) {
    const inputs = request.getObject().toJavaScript() as Values;
    const rest = { id: request.getImportid(), protect: request.getProtect() };
    return this.answer(request, callback, { inputs, ...rest });
  }

  override readResource(...[request, callback]: ReadArgs) {
    const inputs = request.getProperties().toJavaScript() as Values;
    const rest = { id: request.getId(), protect: false };
    return this.answer(request, callback, { inputs, ...rest });
  }
}

/** The SDK's search for promises that never end. Its types are internal. */
const PROMISES = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as {
  debuggablePromise: <T>(promise: Promise<T>) => Promise<T>;
};

/**
 * Runs without stack traces, which the SDK takes for each promise and maps to the source, and
 * without its search for promises that never end, which keeps two more for each. Both take long for
 * thousands of apps.
 */
async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const { debuggablePromise } = PROMISES;
  PROMISES.debuggablePromise = (promise) => promise;
  const mapped = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    PROMISES.debuggablePromise = debuggablePromise;
    process.setSourceMapsEnabled(mapped);
  }
}

/**
 * Runs a program without an engine and records its resources. One run at a time, because the Pulumi runtime
 * is global. Keys of `config` are `project:key`, with values as the engine passes them. Throws the
 * program's errors, also from outputs, without stack traces.
 */
export async function recordProgram(
  program: () => unknown,
  answers: Answers,
  options: { project: string; stack: string; config?: Record<string, string>; preview?: boolean },
): Promise<RecordedResource[]> {
  const recorder = new Recorder(answers, `urn:pulumi:${options.stack}::${options.project}`);
  await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
  setMockOptions(
    recorder,
    options.project,
    options.stack,
    options.preview ?? false,
    "organization",
  );
  pulumi.runtime.setAllConfig(options.config ?? {});
  // Errors in outputs reach only this event.
  let failure: unknown;
  const onFailure = (reason: unknown) => (failure ??= reason);
  process.on("unhandledRejection", onFailure);
  try {
    await withoutTraces(async () => {
      await pulumi.runtime.runInPulumiStack(() => Promise.resolve(program()));
      await disconnect();
    });
  } finally {
    // Several outputs may fail for one reason. Node.js tells of each only after the first has ended the program.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onFailure);
  }
  if (failure !== undefined) throw failure as Error;
  return recorder.recorded;
}
