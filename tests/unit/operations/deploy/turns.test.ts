import * as assert from "node:assert/strict";
import { turns } from "../../../../operations/deploy/turns";

describe("turns of checks and previews", () => {
  it("run as many as allowed in parallel, in order, also after a failure", async () => {
    const inTurn = turns(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const works = [0, 1, 2, 3, 4].map((index) =>
      inTurn(async () => {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        if (index === 1) throw new Error("one failed");
        return index;
      }),
    );
    const results = await Promise.allSettled(works);
    assert.deepEqual(started, [0, 1, 2, 3, 4]);
    assert.equal(most, 2);
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value : "failed")),
      [0, "failed", 2, 3, 4],
    );
    assert.equal(await inTurn(() => Promise.resolve("free again")), "free again");
  });
});
