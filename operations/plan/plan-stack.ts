import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import * as path from "node:path";
import { planAnswers } from "./answers";
import { redact, UNKNOWN } from "../base/redact";
import { facts } from "../kinds";
import { vaultSecrets, type SecretSettings } from "../../inventory/secrets";
import { inCreationOrder } from "./creation-order";
import { recordProgram } from "./record-program";
import { stackDocument, stackFile } from "../base/stack-file";
import { stackSettings } from "../base/stack-settings";
import { objectPlace, shortType } from "../base/urn";

/** One step of a deployment, in the order it would be taken. */
export interface PlannedResource {
  /** Counts from 1; a read of an object made before has no step of its own. */
  step?: number;
  /** Part of the plane. */
  part: string;
  type: string;
  name: string;
  /** Name of the object in Kubernetes. */
  kubernetes?: { name: string; namespace?: string };
  facts: string[];
  /** `Type name` of each resource it waits for directly. */
  waitsFor: string[];
  protect: boolean;
  /** Everything the provider would get; secrets are replaced. */
  inputs: Record<string, unknown>;
}

/** Where in the source a resource is made; the SDK leaves it out of its types. */
const TRACES = pulumi.Resource as unknown as { callsites: () => unknown[] };

/** Makes values that only a deployment knows readable; `ids` are those the recorder made up. */
function readable(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (value === pulumi.runtime.unknownValue) return UNKNOWN;
  if (typeof value === "string") return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => readable(item, ids));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, readable(item, ids)]),
    );
  }
  return value;
}

/** Runs index.ts, also when it ran before in this process; resolves when it has ended. */
async function runProgram(cwd: string): Promise<unknown> {
  const require = createRequire(path.join(cwd, "index.ts"));
  const program = path.join(cwd, "index.ts");
  Reflect.deleteProperty(require.cache, program);
  // Files that the settings name are relative to the project's folder, where an engine runs it.
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const exported = require(program) as unknown;
    return typeof exported === "function" ? await (exported as () => unknown)() : exported;
  } finally {
    process.chdir(before);
  }
}

/**
 * Every resource of a stack in creation order, from the program itself: no engine, no credentials,
 * nothing is contacted. Throws what the program throws, such as all problems of its settings.
 */
export async function planStack(
  stack: string,
  {
    cwd = path.resolve(__dirname, "../.."),
    configFile,
  }: { cwd?: string; configFile?: string } = {},
): Promise<PlannedResource[]> {
  const { config, secretKeys, problems } = stackDocument(stackFile(stack, cwd, configFile), cwd);
  // What an engine would not hand to the program: reported with the problems of the settings.
  if (problems.length + secretKeys.size > 0) stackSettings(stack, cwd, configFile);
  // Only Secrets that Pulumi delivers are read, and only kinds of stacks that have Secrets have these.
  const vaultKeys = () =>
    vaultSecrets(stackSettings(stack, cwd, configFile) as SecretSettings).flatMap(({ keys }) =>
      Object.values(keys),
    );
  // The runtime would report a program that cannot even be loaded a second time, by a crash.
  const refusals: unknown[] = [];
  const program = async () => {
    try {
      return await runProgram(cwd);
    } catch (error) {
      refusals.push(error);
      return undefined;
    }
  };
  // The SDK keeps a stack trace with every promise and every resource, and maps it to the source, which
  // thousands of apps pay for.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const { callsites } = TRACES;
  TRACES.callsites = () => [];
  const mapped = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  const recorded = await recordProgram(program, planAnswers(vaultKeys), {
    project: "access-plane",
    stack,
    config,
    preview: true,
  }).finally(() => {
    Error.stackTraceLimit = stackTraceLimit;
    TRACES.callsites = callsites;
    process.setSourceMapsEnabled(mapped);
  });
  if (refusals.length > 0) throw refusals[0] as Error;
  const ids = new Map(recorded.map(({ name }) => [`${name}-id`, `<id of ${name}>`]));
  // The program's look at its own earlier outputs is no part of the plane.
  const plane = recorded.filter(({ type }) => type !== "pulumi:pulumi:StackReference");
  // In place: ten thousand apps need not be held twice.
  for (const resource of plane) {
    resource.inputs = redact(readable(resource.inputs, ids)) as Record<string, unknown>;
  }
  let step = 0;
  return inCreationOrder(plane).map(({ resource, part, waitsFor }) => {
    return {
      step: resource.read ? undefined : ++step,
      part,
      type: resource.type,
      name: resource.name,
      kubernetes: objectPlace(resource.type, resource.inputs),
      facts: resource.read
        ? ["read again until it has settled"]
        : facts(resource, resource.protect),
      waitsFor: waitsFor.map(({ type, name }) => `${shortType(type)} ${name}`),
      protect: resource.protect,
      inputs: resource.inputs,
    };
  });
}
