import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runSteps, type Step } from "../src/setup/progress.ts";

/** A log file, as far as progress is concerned. */
function log() {
  const lines: string[] = [];
  const out = { isTTY: false, write: (text: string) => lines.push(text.trimEnd()) };
  return { lines, out: out as unknown as NodeJS.WriteStream };
}

const room = { steps: { cores: 1, network: 1 }, memoryMiB: 4000 };
const step = (title: string, on: Step["on"], run: Step["run"]): Step => ({
  ...{ title, on, run },
  ...{ seconds: 10, memoryMiB: on === "cores" ? 1000 : 0 },
});

describe("setup: running the steps", () => {
  it("downloads during compilation, and numbers the steps as announced", async () => {
    const { lines, out } = log();
    const order: string[] = [];
    const follow = (name: string, seconds: number) => async () => {
      order.push(`${name} begins`);
      await sleep(seconds * 1000);
      order.push(`${name} ends`);
    };
    await runSteps(
      [
        step("etcd", "cores", follow("etcd", 0.1)),
        step("helm", "cores", follow("helm", 0.1)),
        step("moto", "network", follow("moto", 0.15)),
      ],
      room,
      out,
    );
    assert.deepEqual(order, [
      ...["etcd begins", "moto begins", "etcd ends"],
      ...["helm begins", "moto ends", "helm ends"],
    ]);
    assert.deepEqual(lines.slice(0, 3), [
      "[1/3] etcd: started, expected 10 s",
      "[3/3] moto: started, expected 10 s",
      "[1/3] etcd: done in 0 s",
    ]);
  });

  it("starts nothing after a failure, finishes running steps, and reports the reason", async () => {
    const { lines, out } = log();
    let ended = false;
    const steps = [
      step("etcd", "cores", () => Promise.reject(new Error("compiler says no"))),
      step("helm", "cores", () => assert.fail("begun all the same")),
      step("moto", "network", async () => {
        await sleep(100);
        ended = true;
      }),
    ];
    await assert.rejects(runSteps(steps, room, out), /compiler says no/);
    assert.ok(ended, "the lock would be free while a step still writes into the cache");
    assert.ok(!lines.some((line) => line.includes("helm")));
  });
});
