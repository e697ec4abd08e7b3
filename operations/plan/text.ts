import type { ReadableHeaders } from "../../inventory/apps";
import type { ExtraValue } from "../../inventory/charts";
import { foldSimilar, MANY, SHOWN } from "../base/fold-similar";
import { registrationLines, type AppRegistration } from "./app-registrations";
import type { PlannedResource } from "./plan-stack";
import { shortType } from "../base/urn";

/** The first items of a list, and the number of others. */
function cut(list: readonly string[], most: number, what: string): string[] {
  if (list.length <= most + 1) return [...list];
  return [...list.slice(0, most), `and ${list.length - most} more${what}`];
}

function lines(resource: PlannedResource, most: number): string[] {
  const { step, kubernetes: place, waitsFor } = resource;
  const number = String(step).padStart(4);
  const where =
    place === undefined
      ? resource.name
      : [place.namespace, place.name].filter((text) => text !== undefined).join("/");
  const isApp = (fact: string) => fact.startsWith("app ");
  const rest = resource.facts.filter((fact) => !isApp(fact));
  return [
    `${number}  ${shortType(resource.type)} ${where}`,
    ...(rest.length > 0 ? [`        ${rest.join("; ")}`] : []),
    ...cut(resource.facts.filter(isApp), most, " apps").map((app) => `        ${app}`),
    ...(waitsFor.length > 0 ? [`        after ${cut(waitsFor, SHOWN, "").join(", ")}`] : []),
  ];
}

/** Key of similar resources of a part, for counting. */
const kindOf = ({ part, type }: PlannedResource) => `${part}\0${type}`;

/** Other parts of a plan's output. */
interface PlanTextOptions {
  apps?: readonly AppRegistration[];
  /** Secret headers that users can read. */
  readable?: readonly ReadableHeaders[];
  /** Chart values that no setting decides. */
  values?: readonly ExtraValue[];
  /** Do not shorten lists. */
  all?: boolean;
}

/** A plan as text: numbered, grouped by part, and readable with ten thousand apps. */
export function planText(
  stack: string,
  plan: readonly PlannedResource[],
  { apps = [], readable = [], values = [], all = false }: PlanTextOptions = {},
): string {
  const text = [`Stack ${stack}: ${plan.length} resources, in the order they are created`];
  let part = "";
  const shown = all ? plan.map((item) => ({ item, more: 0 })) : foldSimilar(plan, kindOf);
  for (const { item: resource, more } of shown) {
    if (resource.part !== part) {
      part = resource.part;
      text.push("", part);
    }
    if (more === 0) {
      text.push(...lines(resource, all ? Infinity : MANY));
    } else {
      text.push(`   …  ${more} more of ${shortType(resource.type)}`);
    }
  }
  if (apps.length > 0) {
    text.push("", "How apps are registered (--apps lists every one)");
    text.push(...registrationLines(apps).map((line) => `      ${line}`));
  }
  if (values.length > 0) {
    text.push("", "Values of the charts that no setting decides (`values`)");
    text.push(
      ...values.map(
        ({ release, path, value }) => `      ${release}: ${path}: ${JSON.stringify(value)}`,
      ),
    );
  }
  if (readable.length > 0) {
    text.push("", "WARNING: everybody who may open these apps can read their secret headers");
    text.push(
      ...readable.map(
        ({ agent, app, headers }) => `      ${agent}: ${app} (${headers.join(", ")})`,
      ),
      "      `secretHeaders: sidecar` of the agent keeps them out of Teleport (docs/apps.md).",
    );
  }
  text.push("", "Values in <angle brackets> are looked up or made during the deployment.");
  return text.join("\n");
}
