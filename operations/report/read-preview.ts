import { stripVTControlCharacters } from "node:util";
import { CommandError } from "../base/exit-codes";
import type { Change, Changes, Operation } from "../base/change";
import { redactInputs, redactText } from "../base/redact";
import type { StateResource } from "../engine/state";
import { isGroup, partFinder, urnName, urnType } from "../base/urn";

/** A step of `pulumi preview --json`, or the metadata of an engine event. */
interface Step {
  op: string;
  urn: string;
  oldState?: StateResource | null;
  newState?: StateResource | null;
  replaceReasons?: string[] | null;
  diffReasons?: string[] | null;
  detailedDiff?: Record<string, unknown> | null;
}

interface Diagnostic {
  severity: string;
  message: string;
  urn?: string;
}

const OPERATIONS: Record<string, Operation> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  import: "import",
  "import-replacement": "import",
  remove: "forget",
  "discard-replaced": "forget",
};

function diagnosticText({ urn, message }: Diagnostic): string {
  const text = stripVTControlCharacters(message)
    .trim()
    .replace(/^(warning|error): /, "");
  const where = urn === undefined || urn === "" ? "" : `${urnName(urn)}: `;
  return `${where}${redactText(text)}`;
}

function changesOf(steps: readonly Step[], diagnostics: readonly Diagnostic[]): Changes {
  const parents = new Map(
    steps.flatMap(({ urn, newState, oldState }) => {
      const parent = newState?.parent ?? oldState?.parent;
      return parent === undefined ? [] : [[urn, parent] as const];
    }),
  );
  const part = partFinder((urn) => parents.get(urn));
  const changes = new Map<string, Change>();
  let unchanged = 0;
  for (const step of steps) {
    const type = urnType(step.urn);
    if (isGroup(type)) continue;
    if (step.op === "same") unchanged += 1;
    // A replacement has three steps. The step `replace` has both sides.
    const operation = OPERATIONS[step.op];
    if (operation === undefined) continue;
    const before = redactInputs(type, step.oldState?.inputs);
    const after = operation === "delete" ? undefined : redactInputs(type, step.newState?.inputs);
    changes.set(step.urn, {
      operation,
      part: part(step.urn),
      type,
      name: urnName(step.urn),
      before,
      after,
      replaceBecause: operation === "replace" ? [...(step.replaceReasons ?? [])].sort() : [],
      drifted: Object.keys(step.detailedDiff ?? {}).sort(),
      protect: step.oldState?.protect ?? false,
    });
  }
  const said = (severity: RegExp) => [
    ...new Set(
      diagnostics.filter((entry) => severity.test(entry.severity)).map((d) => diagnosticText(d)),
    ),
  ];
  return {
    changes: [...changes.values()],
    // The engine omits unchanged resources unless asked to show them.
    unchanged: unchanged === 0 ? undefined : unchanged,
    warnings: said(/^warning$/),
    errors: said(/^error$/),
  };
}

/** An engine event in the format of `--event-log` and the Automation API. */
interface EngineEvent {
  resourcePreEvent?: {
    metadata: {
      op: string;
      urn: string;
      old?: StateResource | null;
      new?: StateResource | null;
      keys?: string[] | null;
      detailedDiff?: Record<string, unknown> | null;
    };
  };
  diagnosticEvent?: Diagnostic & { ephemeral?: boolean };
}

function fromEvents(events: readonly EngineEvent[]): Changes {
  const steps = events.flatMap(({ resourcePreEvent }): Step[] => {
    if (resourcePreEvent === undefined) return [];
    const { old, new: next, keys, ...step } = resourcePreEvent.metadata;
    return [{ ...step, oldState: old, newState: next, replaceReasons: keys }];
  });
  return changesOf(
    steps,
    events.flatMap(({ diagnosticEvent }) =>
      diagnosticEvent === undefined || diagnosticEvent.ephemeral === true ? [] : [diagnosticEvent],
    ),
  );
}

/**
 * Changes from the engine's output: `pulumi preview --json`, or engine events, one JSON object per line.
 * Throws for other text.
 */
export function readPreview(text: string): Changes {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  try {
    const whole = JSON.parse(text) as { steps?: Step[]; diagnostics?: Diagnostic[] } & EngineEvent;
    if (Array.isArray(whole)) return fromEvents(whole as EngineEvent[]);
    if (whole.steps !== undefined || whole.diagnostics !== undefined) {
      return changesOf(whole.steps ?? [], whole.diagnostics ?? []);
    }
    return fromEvents([whole]);
  } catch (error) {
    if (lines.length < 2) {
      throw new CommandError(
        "USAGE",
        "the preview is neither output of `pulumi preview --json` nor engine events, one a line",
        { cause: error },
      );
    }
  }
  return fromEvents(
    lines.map((line, index) => {
      try {
        return JSON.parse(line) as EngineEvent;
      } catch (error) {
        const what = `line ${index + 1} of the preview is not JSON: cut off?`;
        throw new CommandError("USAGE", what, { cause: error });
      }
    }),
  );
}
