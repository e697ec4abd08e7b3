import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { StreamReporter } from "../../../../operations/deploy/reporter";

describe("events of an operation", () => {
  const written = (...events: object[]): string => {
    const lines: string[] = [];
    const stream = { write: () => true };
    const reporter = new StreamReporter({
      stream,
      format: "text",
      events: (line) => lines.push(line),
    });
    for (const event of events) reporter.event("prod", event as EngineEvent);
    reporter.close();
    return lines.join("\n");
  };
  const said = (severity: string, message: string) => ({ diagnosticEvent: { severity, message } });

  it("omit the SDK's debug messages, which contain secret outputs", () => {
    const value = "q7Zr2";
    const debug = `RegisterResource RPC finished: resp: password,random,result,,,,${value},`;
    const text = written(said("debug", debug), said("warning", "an image has no digest"));
    assert.ok(!text.includes(value), text);
    assert.match(text, /an image has no digest/);
  });

  it("name the stack, and hide secrets", () => {
    const text = written(said("error", "login with password=correct-horse-7 failed"));
    assert.equal((JSON.parse(text) as { stack: string }).stack, "prod");
    assert.ok(!text.includes("correct-horse-7"), text);
  });
});
