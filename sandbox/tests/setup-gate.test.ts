import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { Gate, roomOn, type Need } from "../src/setup/gate.ts";

const build = (memoryMiB = 2500): Need => ({ on: "cores", memoryMiB });
const download = (): Need => ({ on: "network", memoryMiB: 0 });

/** Steps behind a gate, each ended by its name. */
function start(gate: Gate, needs: Record<string, Need>) {
  const running = new Set<string>();
  const ends = new Map<string, (error?: Error) => void>();
  const all = Object.entries(needs).map(([name, need]) =>
    gate
      .pass(need, () => {
        running.add(name);
        return new Promise<void>((resolve, reject) => {
          ends.set(name, (error) => (error ? reject(error) : resolve()));
        });
      })
      .finally(() => running.delete(name))
      .catch(() => undefined),
  );
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    await turn();
    return [...running];
  };
  return { running: () => [...running], end, all };
}

describe("setup: steps that run at the same time", () => {
  it("are a build for each core, with downloads", async () => {
    const gate = new Gate(roomOn({ cores: 2, freeMemoryMiB: 30_000 }));
    const { running, end } = start(gate, {
      ...{ first: build(), second: build(), third: build(), fourth: download() },
      ...{ fifth: download(), sixth: download() },
    });
    await turn();
    assert.deepEqual(running(), ["first", "second", "fourth", "fifth"]);
    assert.deepEqual(await end("fourth"), ["first", "second", "fifth", "sixth"]);
    assert.deepEqual(await end("first"), ["second", "fifth", "sixth", "third"]);
  });

  it("are as many as the memory permits", async () => {
    const gate = new Gate(roomOn({ cores: 8, freeMemoryMiB: 9000 }));
    const { running, end } = start(gate, {
      ...{ first: build(), second: build(), large: build(5000), last: build() },
    });
    await turn();
    assert.deepEqual(running(), ["first", "second"]);
    assert.deepEqual(await end("first"), ["second", "large"], "a small one does not overtake");
    assert.deepEqual(await end("large"), ["second", "last"]);
  });

  it("are at least one, with any memory", async () => {
    const gate = new Gate(roomOn({ cores: 4, freeMemoryMiB: 500 }));
    const { running, end } = start(gate, { first: build(), second: build() });
    await turn();
    assert.deepEqual(running(), ["first"]);
    assert.deepEqual(await end("first", new Error("broken")), ["second"], "a failure gives room");
  });
});
