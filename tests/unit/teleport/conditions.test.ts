import * as assert from "node:assert/strict";
import { nextLookMs } from "../../../teleport/conditions";

const NOW = Date.parse("2026-01-01T00:01:00Z");
const look = (conditions: object[], count = 1, secondsLeft = 60) =>
  nextLookMs({ conditions } as Parameters<typeof nextLookMs>[0], {
    count,
    now: NOW,
    deadline: NOW + secondsLeft * 1000,
  });
const condition = (type: string, status: string, secondsAgo: number) => ({
  type,
  status,
  lastTransitionTime: new Date(NOW - secondsAgo * 1000).toISOString(),
});

describe("when to look at a custom resource again", () => {
  it("later and later without a verdict, never past the deadline", () => {
    assert.deepEqual([look([]), look([], 3), look([], 99)], [2000, 5000, 15_000]);
    assert.equal(look([condition("ValidStructure", "True", 9)]), 2000);
    assert.equal(look([], 99, 1), 1000);
    assert.equal(look([], 1, 0), undefined);
  });

  it("once more while a verdict is so young that a second thought may follow", () => {
    assert.equal(look([condition("SuccessfullyReconciled", "True", 1)]), 2000);
    assert.equal(look([condition("SuccessfullyReconciled", "True", 3)]), undefined);
    assert.equal(look([condition("TeleportResourceOwned", "False", 3)]), undefined);
    // The cluster's clock is ahead.
    assert.equal(look([condition("SuccessfullyReconciled", "True", -30)]), undefined);
  });

  it("not where the operator does not say since when", () => {
    assert.equal(look([{ type: "SuccessfullyReconciled", status: "True" }]), undefined);
  });
});
