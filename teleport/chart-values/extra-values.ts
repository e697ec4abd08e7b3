import type { Shape } from "../resources/shape";
import { isMapping, merged, type Mapping } from "../values";
import { OWNED } from "./owned";
import shapes from "./shapes.json";

/** Charts whose values a stack may set. */
export type Chart = "teleport-cluster" | "teleport-kube-agent" | "teleport-plugin-event-handler";

const ANY: Shape = { "*": "any" };
/** The event handler's chart has no schema. Source: the value reference of that chart. */
const EVENT_HANDLER: Shape = Object.fromEntries(
  [
    ...["teleport", "eventHandler", "fluentd", "tbot", "persistentVolumeClaim", "image"],
    ...["annotations", "podAnnotations", "podSecurityContext", "securityContext", "resources"],
    ...["nodeSelector", "affinity", "tls"],
  ]
    .map((key): [string, Shape] => [key, ANY])
    .concat(
      ["imagePullSecrets", "tolerations", "volumes", "volumeMounts"].map((key) => [key, ["any"]]),
      ["nameOverride", "fullnameOverride"].map((key) => [key, "string"]),
    ),
);

/** Shape of a chart's values. Source: the chart's `values.schema.json`. */
export function valuesShape(chart: Chart): Shape {
  if (chart === "teleport-plugin-event-handler") return EVENT_HANDLER;
  return (shapes as unknown as Record<string, Shape>)[chart] ?? ANY;
}

/** Lists that hold entries of both the program and the stack. */
const JOINED =
  /^((auth|proxy)\.)?(initContainers|extra(Containers|Volumes|VolumeMounts|Args)|hostAliases)$/;

/**
 * Merges a stack's values into the program's, as Helm does. The lists of {@link JOINED} are joined,
 * the stack's entries first, because the chart treats the last init container specially.
 */
export const withExtraValues = (base: Mapping, extra: Mapping): Mapping =>
  merged(base, extra, (below, value, path) =>
    Array.isArray(below) && Array.isArray(value) && JOINED.test(path)
      ? [...(value as unknown[]), ...(below as unknown[])]
      : value,
  );

/** A value that a stack may not set, because the program does. `setting` says what to use instead. */
export interface OwnedValue {
  path: string[];
  setting: string;
}

/** Values of a stack that only the program may set. */
export function ownedValues(chart: Chart, extra: Mapping): OwnedValue[] {
  const owned = Object.entries(OWNED[chart]);
  const found: OwnedValue[] = [];
  const walk = (value: unknown, path: string[]): void => {
    const text = path.join(".");
    const hit = owned.find(([own]) => own === text);
    const inside = owned.some(([own]) => own.startsWith(`${text}.`));
    if (hit !== undefined) found.push({ path, setting: hit[1] });
    else if (isMapping(value)) {
      for (const [key, below] of Object.entries(value)) walk(below, [...path, key]);
    } else if (inside) {
      found.push({ path, setting: "a mapping here" });
    }
  };
  for (const [key, value] of Object.entries(extra)) walk(value, [key]);
  return found;
}
