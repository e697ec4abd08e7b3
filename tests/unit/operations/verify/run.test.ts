import * as assert from "node:assert/strict";
import { failed, ok, type Check } from "../../../../operations/verify/check";
import type { Context } from "../../../../operations/verify/context";
import { runChecks, selectChecks } from "../../../../operations/verify/run";
import { watch } from "../../../../operations/verify/watch";

const context = { settings: {} } as Context;

const check = (id: string, rest: Partial<Check> = {}): Check => ({
  id,
  title: id,
  before: true,
  expected: "good",
  remedy: "mend it",
  run: () => Promise.resolve(ok("fine")),
  ...rest,
});

describe("running checks", () => {
  it("reports a thrown error as a failure, with the messages of its causes", async () => {
    const cause = new Error("connect ECONNREFUSED 127.0.0.1:1");
    const run = () => Promise.reject(new TypeError("fetch failed", { cause }));
    const [result] = await runChecks([check("a.b", { run })], context);
    assert.equal(result?.state, "failed");
    assert.equal(result.seen, "fetch failed: connect ECONNREFUSED 127.0.0.1:1");
    assert.equal(result.group, "a");
    assert.equal(result.remedy, "mend it");
  });

  it("fails checks that exceed their timeout", async () => {
    const slow = check("a.slow", { timeoutSeconds: 0.02, run: () => new Promise(() => undefined) });
    const [result] = await runChecks([slow], context);
    assert.equal(result?.seen, "no answer within 0.02 seconds");
  });

  it("runs them in parallel and returns results in order", async () => {
    const started: string[] = [];
    const late = (id: string, ms: number) =>
      check(id, {
        run: async () => {
          started.push(id);
          await new Promise((resolve) => setTimeout(resolve, ms));
          return ok(String(started.length));
        },
      });
    const results = await runChecks([late("a.1", 30), late("a.2", 1)], context);
    assert.deepEqual(
      results.map(({ id, seen }) => [id, seen]),
      [
        ["a.1", "2"],
        ["a.2", "2"],
      ],
    );
  });

  it("skips checks that need a failed check, also indirectly, and names the cause", async () => {
    const results = await runChecks(
      [
        check("c.3", { needs: ["b.2"] }),
        check("b.2", { needs: ["a.1"] }),
        check("a.1", { run: () => Promise.resolve(failed("broken")) }),
      ],
      context,
    );
    assert.deepEqual(
      results.map(({ state, seen }) => `${state} ${seen}`),
      ["skipped see a.1", "skipped see a.1", "failed broken"],
    );
  });

  it("omits checks that are not selected or do not apply", async () => {
    const never = () => Promise.reject(new Error("ran"));
    const checks = [
      check("a.1", { needs: ["b.1"] }),
      check("b.1", { run: never }),
      check("a.2", { run: never, applies: () => false }),
    ];
    const results = await runChecks(checks, context, { only: ["a"] });
    assert.deepEqual(
      results.map(({ id, state }) => [id, state]),
      [["a.1", "ok"]],
    );
  });

  it("omits a skipped group or check", async () => {
    const checks = [check("a.1"), check("a.2"), check("b.1")];
    const ids = async (options: { only?: string[]; skip: string[] }) =>
      (await runChecks(checks, context, options)).map(({ id }) => id);
    assert.deepEqual(await ids({ skip: ["a"] }), ["b.1"]);
    assert.deepEqual(await ids({ only: ["a"], skip: ["a.2"] }), ["a.1"]);
  });

  it("refuses unknown names", () => {
    assert.throws(() => selectChecks([check("a.1")], [], ["y"]), /no check or group "y"/);
    assert.throws(
      () => selectChecks([check("a.1")], ["a.1", "x.y"]),
      /no check or group "x\.y".*a/,
    );
  });
});

describe("watching", () => {
  it("reports changes since the previous run, until it is stopped", async () => {
    const states = [ok("fine"), failed("broken"), failed("broken")];
    const controller = new AbortController();
    const changes: string[][] = [];
    const last = await watch(
      () => {
        const run = () => Promise.resolve(states[changes.length] ?? ok("fine"));
        return runChecks([check("a.1", { run })], context);
      },
      {
        seconds: 0.001,
        signal: controller.signal,
        onRound: (_all, changed) => {
          changes.push(changed.map(({ id, state }) => `${id} ${state}`));
          if (changes.length === 3) controller.abort();
        },
      },
    );
    assert.deepEqual(changes, [["a.1 ok"], ["a.1 failed"], []]);
    assert.equal(last[0]?.state, "failed");
  });
});
