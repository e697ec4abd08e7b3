import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { kindJsonSchema } from "../../../settings/json-schema";
import { parseSettings } from "../../../settings/load";
import { KINDS, type Kind } from "../../../settings/schema";
import { BAD, Drawer, drawnInto, mutated, PICKS, SEED } from "./draw";
import { goodSettings } from "./fixture";

/**
 * Settings drawn from the schema, valid and mutated, by a seed. ACCESS_PLANE_CASES is the number of cases. Default:
 * 500.
 */
const CASES = Number(process.env["ACCESS_PLANE_CASES"] ?? 500);

/** Joined from parts, so that no scanner reports this file. */
const PLANTED = ["ghp", "_plantedPlantedPlanted0123456789"].join("");

const KIND_NAMES = Object.keys(KINDS) as Kind[];

const PLANT = fc.constantFrom<unknown>(
  PLANTED,
  `Bearer ${PLANTED}`,
  `https://user:${PLANTED}@host/`,
  `https://host/?token=${PLANTED}`,
  [PLANTED],
  { [PLANTED]: "x" },
  { password: PLANTED },
);

function judged(data: Record<string, unknown>, folder?: string): "accepted" | "refused" {
  const { settings: accepted, problems = [], warnings } = parseSettings(data, folder);
  assert.equal(accepted === undefined, problems.length > 0);
  for (const { path, message } of [...problems, ...warnings]) {
    assert.notEqual(path, "", message);
    assert.notEqual(message, "", path);
    assert.doesNotMatch(
      message,
      /undefined|\[object |NaN|Invalid input|Expected /,
      `${path} ${message}`,
    );
  }
  return accepted === undefined ? "refused" : "accepted";
}

describe(`settings drawn from the schema (${CASES} cases)`, function () {
  this.timeout(Math.max(120_000, CASES * 200));
  const runs = (share: number) => ({ numRuns: Math.ceil(CASES * share), seed: SEED });

  it("are accepted, or refused with a path and a sentence", () => {
    const counts = { accepted: 0, refused: 0 };
    for (let i = 0; i < CASES * 0.2; i++) {
      const kind = KIND_NAMES[i % KIND_NAMES.length] ?? "plane";
      const schema = kindJsonSchema(kind);
      judged({ ...(new Drawer(schema, SEED + i).draw(schema) as object), kind });
      const { data, folder } = drawnInto(kind, SEED + i);
      counts[judged(data, folder)]++;
    }
    // Among settings with a few drawn values, many are valid and many are not.
    const least = Math.floor(CASES * 0.02);
    assert.ok(counts.accepted >= least && counts.refused >= least, JSON.stringify(counts));
  });

  it("have the same result at every reading, for any replaced value", () => {
    const counts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(PICKS, BAD, (picks, value) => {
        const data = goodSettings();
        mutated(data, picks, value);
        const verdict = judged(structuredClone(data));
        assert.equal(judged(data), verdict);
        counts[verdict]++;
      }),
      runs(0.3),
    );
    assert.ok(counts.accepted > 0 && counts.refused > 0, JSON.stringify(counts));
  });

  it("never print a planted secret, and refuse it", () => {
    fc.assert(
      fc.property(PICKS, PLANT, fc.constantFrom("prod", "sandbox"), (picks, plant, stack) => {
        const data = goodSettings(stack);
        mutated(data, picks, plant);
        if (!JSON.stringify(data).includes(PLANTED)) return;
        const { problems = [], warnings } = parseSettings(data);
        assert.ok(problems.length > 0, JSON.stringify(data));
        assert.ok(!JSON.stringify([problems, warnings]).includes(PLANTED.slice(4)));
      }),
      runs(0.3),
    );
  });
});
