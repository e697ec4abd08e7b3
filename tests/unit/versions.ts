import * as assert from "node:assert/strict";
import * as semver from "semver";
import { CHART_VERSION, TELEPORT_MAJOR } from "../../teleport/versions";

function after(version: string, release: "minor" | "major"): string {
  const next = semver.inc(version, release);
  assert.ok(next !== null, version);
  return next;
}

/** Versions relative to the charts' version, so that tests hold for the next one too. */
export const NEXT_MINOR = after(CHART_VERSION, "minor");
export const NEXT_MAJOR = after(CHART_VERSION, "major");
export const TWO_MAJORS_ON = after(NEXT_MAJOR, "major");
export const OLDER = `${Number(TELEPORT_MAJOR) - 1}.9.9`;

/** Matches exactly this text. */
export const exactly = (text: string): RegExp => new RegExp(text.replace(/[.+]/g, "\\$&"));
