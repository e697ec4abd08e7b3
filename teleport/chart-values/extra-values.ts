import type { Shape } from "../resources/shape";
import { isMapping, merged, type Mapping } from "../values";
import { OWNED } from "./owned";
import shapes from "./shapes.json";

/** Charts whose values a stack may extend. */
export type Chart = "teleport-cluster" | "teleport-kube-agent" | "teleport-plugin-event-handler";

const ANY: Shape = { "*": "any" };
/** The event handler's chart has no schema; these are the names of its value reference. */
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

/** Shape of a chart's values, made from the chart's own schema. */
export function valuesShape(chart: Chart): Shape {
  if (chart === "teleport-plugin-event-handler") return EVENT_HANDLER;
  return (shapes as unknown as Record<string, Shape>)[chart] ?? ANY;
}

/** Lists that the program adds to, so that a stack's entries join its own. */
const JOINED =
  /^((auth|proxy)\.)?(initContainers|extra(Containers|Volumes|VolumeMounts|Args)|hostAliases)$/;

/**
 * A chart's values with a stack's own on top: merged as Helm does, and the lists of {@link JOINED}
 * joined, the stack's first, since the last init container is the chart's.
 */
export const withExtraValues = (base: Mapping, extra: Mapping): Mapping =>
  merged(base, extra, (below, value, path) =>
    Array.isArray(below) && Array.isArray(value) && JOINED.test(path)
      ? [...(value as unknown[]), ...(below as unknown[])]
      : value,
  );

/** A value that a stack may not set, as the program does; `setting` says what to use. */
export interface OwnedValue {
  path: string[];
  setting: string;
}

/** The values of a stack that belong to the program. */
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
