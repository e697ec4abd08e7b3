import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import { skipSdkDebugging } from "../../../../components/support/sdk-debugging";

const sdk = createRequire(__filename);
const log = sdk("@pulumi/pulumi/log") as { debug: (message: string) => Promise<void> };
const promises = sdk("@pulumi/pulumi/runtime/debuggable") as {
  debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T>;
  leakedPromises: () => [leaks: Set<unknown>, message: string];
};
const resource = pulumi.Resource as unknown as { callsites: () => unknown[] };
const settings = sdk("@pulumi/pulumi/runtime/settings") as { getEngine: () => unknown };

type Traced = Promise<unknown> & { _debugStackTrace: string };

describe("the SDK's debugging of itself", () => {
  const { debug } = log;
  const { callsites } = resource;
  const { debuggablePromise } = promises;
  const { getEngine } = settings;
  afterEach(() => {
    log.debug = debug;
    resource.callsites = callsites;
    promises.debuggablePromise = debuggablePromise;
    settings.getEngine = getEngine;
  });

  it("sends no message to the engine and writes no stack trace", async () => {
    skipSdkDebugging({});
    settings.getEngine = () => assert.fail("a debug message asks for the engine");
    await log.debug("RegisterResource RPC finished: resp: all values");
    const traced = Promise.resolve(1) as Traced;
    const limit = Error.stackTraceLimit;
    assert.equal(await promises.debuggablePromise(traced, "context"), 1);
    assert.doesNotMatch(traced._debugStackTrace, /\n/);
    assert.equal(Error.stackTraceLimit, limit);
    assert.deepEqual(resource.callsites(), [], "they would be in the state");
  });

  it("still finds promises that never end", () => {
    skipSdkDebugging({});
    void promises.debuggablePromise(new Promise(() => undefined), "never ends");
    const [leaks, message] = promises.leakedPromises();
    assert.ok(leaks.size > 0, message);
  });

  it("stays with the SDK's own variable", () => {
    skipSdkDebugging({ PULUMI_DEBUG_PROMISE_LEAKS: "1" });
    assert.equal(log.debug, debug);
    assert.ok(resource.callsites().length > 0);
    assert.equal(promises.debuggablePromise, debuggablePromise);
  });
});
