import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import * as assert from "node:assert/strict";
import { loadSettings, parseSettings } from "../../../settings/load";
import { didYouMean } from "../../../teleport/did-you-mean";
import { goodSettings } from "./fixture";

const SECTIONS = Object.keys(goodSettings());

/** Replaces the value at a path that numbers select. */
function graft(data: Record<string, unknown>, picks: number[], value: unknown): void {
  let holder: unknown = data;
  for (const [i, pick] of picks.entries()) {
    if (typeof holder !== "object" || holder === null) return;
    const keys = Object.keys(holder);
    const key = keys[pick % Math.max(keys.length, 1)];
    if (key === undefined) return;
    const place = holder as Record<string, unknown>;
    const next = place[key];
    if (i === picks.length - 1 || typeof next !== "object" || next === null) {
      place[key] = value;
      return;
    }
    holder = next;
  }
}

describe("settings of any shape", function () {
  // Each has hundreds of runs, and the machine may be busy.
  this.timeout(120_000);

  before(() =>
    pulumi.runtime.setMocks(
      { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
      "access-plane",
      "fuzz",
    ),
  );
  after(() => pulumi.runtime.setAllConfig({}));

  it("are accepted or fail with a RunError", () => {
    const config = fc.dictionary(
      fc.oneof(
        fc.constantFrom(...SECTIONS, "agnet").map((name) => `access-plane:${name}`),
        fc.string(),
      ),
      fc.oneof(fc.json(), fc.string()),
    );
    fc.assert(
      fc.property(config, (values) => {
        pulumi.runtime.setAllConfig(values);
        try {
          loadSettings();
        } catch (error) {
          assert.ok(pulumi.RunError.isInstance(error), String(error));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("are valid or have a problem, for any replaced value", () => {
    const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(picks, fc.jsonValue(), (path, value) => {
        const data = goodSettings();
        graft(data, path, value);
        const { settings, problems } = parseSettings(data);
        assert.equal(settings === undefined, problems !== undefined && problems.length > 0);
      }),
      { numRuns: 400 },
    );
  });

  it("never show a secret, at any place", () => {
    const secret = "hvs.CAESIJ4nRk3xQ2ZbT0pY";
    const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        picks,
        fc.constantFrom<unknown>(secret, { password: secret }, [secret], `Bearer ${secret}`),
        (path, value) => {
          const data = goodSettings();
          graft(data, path, value);
          const { problems = [], warnings } = parseSettings(data);
          assert.doesNotMatch(JSON.stringify([problems, warnings]), /CAESIJ4nRk3xQ2ZbT0pY/);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("have problems without control characters and very long words", () => {
    for (const value of ["a\u001b[31m", "\u202etxt", "a\u0000", "a".repeat(100_000), "__proto__"]) {
      const data = goodSettings();
      data["rbac"] = { bindings: [{ group: value, clusterRole: "view" }] };
      data["resources"] = {
        roles: { [value]: { spec: { allow: { kubernetes_groups: [value] } } } },
        apps: { web: { spec: { uri: value, public_addr: value } } },
      };
      const { problems = [], warnings } = parseSettings(data);
      assert.ok(problems.length > 0);
      for (const { path, message } of [...problems, ...warnings]) {
        assert.doesNotMatch(path + message, /[\p{Cc}\u202e]|\[object |undefined/u);
        assert.ok(path.length + message.length < 1500, path.slice(0, 100));
      }
    }
  });

  it("have a suggestion for every word with one wrong letter", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SECTIONS), fc.nat(), (word, at) => {
        const index = at % word.length;
        const typo = word.slice(0, index) + word.slice(index + 1);
        assert.equal(didYouMean(typo, SECTIONS), word);
      }),
    );
  });
});
