import * as assert from "node:assert/strict";
import { nextPollMs, refusal } from "../../../teleport/conditions";

const NOW = Date.parse("2026-01-01T00:01:00Z");
const look = (conditions: object[], count = 1, secondsLeft = 60) =>
  nextPollMs({ conditions } as Parameters<typeof nextPollMs>[0], {
    count,
    now: NOW,
    deadline: NOW + secondsLeft * 1000,
  });
const condition = (type: string, status: string, secondsAgo: number) => ({
  type,
  status,
  lastTransitionTime: new Date(NOW - secondsAgo * 1000).toISOString(),
});

describe("the next read of a custom resource", () => {
  it("comes later and later without a result, but never after the deadline", () => {
    assert.deepEqual([look([]), look([], 3), look([], 99)], [2000, 5000, 15_000]);
    assert.equal(look([condition("ValidStructure", "True", 9)]), 2000);
    assert.equal(look([], 99, 1), 1000);
    assert.equal(look([], 1, 0), undefined);
  });

  const accepted = (secondsAgo: number) => [
    condition("ValidStructure", "True", secondsAgo),
    condition("SuccessfullyReconciled", "True", secondsAgo),
    condition("TeleportResourceOwned", "True", secondsAgo),
  ];

  it("comes once more if a result is so recent that it may change", () => {
    assert.equal(look(accepted(1)), 2000);
    assert.equal(look(accepted(3)), undefined);
    assert.equal(look([condition("TeleportResourceOwned", "False", 3)]), undefined);
    // The cluster's clock is ahead.
    assert.equal(look(accepted(-30)), undefined);
  });

  it("is not needed if the operator does not report a time", () => {
    const bare = accepted(0).map(({ type, status }) => ({ type, status }));
    assert.equal(look(bare), undefined);
  });

  it("comes between two writes of the operator, with any clock", () => {
    for (const age of [0, 3, -30]) {
      const writes = accepted(age);
      assert.equal(look(writes.slice(0, 1)), 2000);
      assert.equal(look(writes.slice(0, 2)), 2000);
      assert.equal(look(writes), age === 0 ? 2000 : undefined);
    }
  });
});

/** Statuses as a real operator (version 18) writes them, one condition at a time. */
describe("the operator's conditions", () => {
  const at = "2026-01-01T00:00:00Z";
  const decoded = {
    ...{ type: "ValidStructure", status: "True", reason: "NoError", lastTransitionTime: at },
    message: "Kubernetes CR was successfully decoded.",
  };
  const read = {
    ...{ type: "SuccessfullyReconciled", status: "True", reason: "NoError" },
    message: "Teleport Resource was successfully reconciled, no error was returned by Teleport.",
    lastTransitionTime: at,
  };
  const owned = {
    ...{ type: "TeleportResourceOwned", status: "True", reason: "NewResource" },
    message:
      "No existing Teleport Resource found with that name. The created Resource is owned by the operator.",
    lastTransitionTime: at,
  };
  const failed = (reason: string, message: string) => ({
    ...{ type: "SuccessfullyReconciled", status: "False", reason, message, lastTransitionTime: at },
  });
  const lookup =
    "The reconciliation failed, the operator failed to mutate the resource before creating it in " +
    "Teleport. Mutation failed with error: ";
  const cases: [string, object[], RegExp | undefined][] = [
    ["accepted", [decoded, read, owned], undefined],
    [
      "conditions that are not complete",
      [decoded, read],
      /^condition TeleportResourceOwned is missing/,
    ],
    [
      "a resource of another owner",
      [
        decoded,
        read,
        {
          ...{ ...owned, status: "False", reason: "OriginLabelNotMatching" },
          message:
            "A Resource with the same name already exists in Teleport and does not have the " +
            "Kubernetes origin label. Refusing to reconcile.",
        },
      ],
      /Refusing to reconcile\.; something else made a resource of that name/,
    ],
    [
      "a user with an unknown role",
      [
        decoded,
        failed("TeleportError", "Teleport returned the error: role dev is not found"),
        owned,
      ],
      /role dev is not found; declare role dev under `resources\.roles`/,
    ],
    [
      "a token with a bad role",
      [
        decoded,
        failed("TeleportError", "Teleport returned the error: role Toaster is not registered"),
        owned,
      ],
      /role Toaster is not registered; correct what Teleport refuses/,
    ],
    ...[
      'failed to lookup secret\n\tSecret "github" not found',
      'secret "github" doesn\'t have the "resources.teleport.dev/allow-lookup-from-cr" annotation',
      'secret "github" is missing key "client_secret"',
    ].map((words): [string, object[], RegExp] => [
      words.replace(/\s+/g, " "),
      [decoded, failed("MutationError", `${lookup}${words}`), owned],
      /^[^\n]*; create the Secret with that key, and let this resource look it up[^\n]*$/,
    ]),
  ];
  for (const [name, conditions, expected] of cases) {
    it(`are interpreted: ${name}`, () => {
      const problem = refusal({ conditions } as Parameters<typeof refusal>[0]);
      if (expected === undefined) assert.equal(problem, undefined);
      else assert.match(problem ?? "", expected);
    });
  }
});
