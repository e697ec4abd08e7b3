import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { CommandError, type ExitName } from "../../../../operations/base/exit-codes";

/** Makes URNs of resources in these components. */
export const urn =
  (...types: string[]) =>
  (name: string) =>
    `urn:pulumi:prod::access-plane::${["access-plane:components:AccessPlane", ...types].join("$")}::${name}`;

/** An event of the engine about one resource. */
export function event(op: string, id: string, more: object = {}): EngineEvent {
  const type = id.split("::")[2]?.split("$").at(-1);
  return { resourcePreEvent: { metadata: { op, urn: id, type, ...more } } } as EngineEvent;
}

/** Expects a failure of a command. */
export const fails = (reason: ExitName, text?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CommandError, String(error));
  assert.equal(error.reason, reason);
  if (text !== undefined) assert.match(error.message, text);
  return true;
};
