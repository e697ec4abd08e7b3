import * as assert from "node:assert/strict";
import { goDurationMeant } from "../../../teleport/duration";

/** Texts of other forms, and the Go durations that they mean. */
const MEANT: Record<string, string | undefined> = {
  "1d": "24h",
  "1.5d": "36h",
  "1d12h": "36h",
  "2 weeks": "336h",
  "1mo": "720h",
  "1y": "8760h",
  "30 min": "30m",
  "1h 30m": "1h30m",
  "8H": "8h",
  never: "0s",
  "1h30m": undefined,
  "90": undefined,
  soon: undefined,
  "": undefined,
};

describe("durations in other formats", () => {
  for (const [text, meant] of Object.entries(MEANT)) {
    it(`${JSON.stringify(text)} means ${meant ?? "nothing"}`, () => {
      assert.equal(goDurationMeant(text), meant);
    });
  }
});
