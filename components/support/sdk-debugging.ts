import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";

const sdk = createRequire(__filename);
/** Modules of the SDK look these functions up at each call. */
const LOG = sdk("@pulumi/pulumi/log") as { debug: (message: string) => Promise<void> };
const PROMISES = sdk("@pulumi/pulumi/runtime/debuggable") as {
  debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T>;
};

/** Its types are internal. */
const RESOURCE = pulumi.Resource as unknown as { callsites: () => unknown[] };

/**
 * Leaves out what the SDK does only to be debugged itself. Each of its debug messages, four for a resource, is a call to
 * the engine, one after the other, which the end of the program waits for; some hold all of a resource's values. And
 * for each promise it writes a stack trace. For each resource it writes one into the state: a seventh of the state, with
 * places in the SDK and in a bundle. The environment variable `PULUMI_DEBUG_PROMISE_LEAKS`, the SDK's own,
 * keeps all of it.
 */
export function skipSdkDebugging(env: NodeJS.ProcessEnv = process.env): void {
  if (env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return;
  LOG.debug = () => Promise.resolve();
  RESOURCE.callsites = () => [];
  const { debuggablePromise } = PROMISES;
  PROMISES.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
