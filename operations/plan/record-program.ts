import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import { SECRET } from "../base/redact";
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
  /** True if it is read instead of created. */
  read: boolean;
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

/** Common fields of both kinds of registration. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
}

class Recorder extends MockMonitor {
  readonly recorded: RecordedResource[] = [];

  /** Do not store resources, because nobody asks the monitor for them. */
  private forget(urn: string): void {
    const kept = this.resources.get(urn);
    if (kept !== undefined) kept.state = {};
  }

  private record(request: Request, inputs: object, urn: string, protect: boolean, read: boolean) {
    const values = inputs as Record<string, unknown>;
    this.forget(urn);
    this.recorded.push({
      urn,
      type: request.getType(),
      name: request.getName(),
      inputs: masked(values) as Record<string, unknown>,
      secretInputs: Object.keys(values).filter((key) =>
        JSON.stringify(values[key]).includes(pulumi.runtime.specialSigKey),
      ),
      parent: request.getParent(),
      dependencies: request.getDependenciesList(),
      provider: request.getProvider().split("::").slice(2, 4).join("::"),
      protect,
      read,
    });
  }

  override async registerResource(...[request, callback]: RegisterArgs) {
    await super.registerResource(request, (error: unknown, response: Registered) => {
      if (error === null) {
        const inputs = request.getObject().toJavaScript();
        this.record(request, inputs, response.getUrn(), request.getProtect(), false);
      }
      callback(error, response);
    });
  }

  override async readResource(...[request, callback]: ReadArgs) {
    await super.readResource(request, (error: unknown, response: Registered) => {
      if (error === null) {
        this.record(
          request,
          request.getProperties().toJavaScript(),
          response.getUrn(),
          false,
          true,
        );
      }
      callback(error, response);
    });
  }
}

type Registered = { getUrn(): string };
type Callback = (error: unknown, response: Registered) => void;
type RegisterArgs = [
  request: Request & { getObject(): { toJavaScript(): object }; getProtect(): boolean },
  callback: Callback,
];
type ReadArgs = [
  request: Request & { getProperties(): { toJavaScript(): object } },
  callback: Callback,
];

/** Location of the registration in the source. The SDK's types omit it. */
const TRACES = pulumi.Resource as unknown as { callsites: () => unknown[] };

/** The SDK's search for promises that never end. Its types are internal. */
const PROMISES = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as {
  debuggablePromise: <T>(promise: Promise<T>) => Promise<T>;
};

/**
 * Runs without stack traces, which the SDK takes for each promise and resource and maps to the source, and
 * without its search for promises that never end, which keeps two more for each. Both take long for
 * thousands of apps.
 */
async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const { callsites } = TRACES;
  TRACES.callsites = () => [];
  const { debuggablePromise } = PROMISES;
  PROMISES.debuggablePromise = (promise) => promise;
  const mapped = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    TRACES.callsites = callsites;
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
  const recorder = new Recorder({
    newResource: ({ type, name, inputs, id }) => {
      const given = inputs as Record<string, unknown>;
      return {
        id: id === undefined || id === "" ? `${name}-id` : id,
        state: { ...given, ...answers.outputs(type, name, given) },
      };
    },
    call: ({ token, inputs }) => answers.call(token, inputs as Record<string, unknown>),
  });
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
      await new Promise((resolve) => setImmediate(resolve));
    });
  } finally {
    process.off("unhandledRejection", onFailure);
  }
  if (failure !== undefined) throw failure as Error;
  return recorder.recorded;
}
