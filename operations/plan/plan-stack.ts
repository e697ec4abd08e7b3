import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import * as path from "node:path";
import { admitting, planAnswers } from "./answers";
import { redact, UNKNOWN } from "../base/redact";
import { facts } from "../kinds";
import { vaultSecrets, type SecretSettings } from "../../inventory/secrets";
import { inCreationOrder } from "./creation-order";
import { recordProgram } from "./record-program";
import { stackDocument, stackFile } from "../base/stack-file";
import { stackSettings } from "../base/stack-settings";
import { CHECKOUT } from "../../teleport/checkout";
import { objectPlace, shortType } from "../base/urn";

/** A step of a deployment, in the order of execution. */
export interface PlannedResource {
  /** Number from 1. */
  step: number;
  /** Part of the plane. */
  part: string;
  type: string;
  name: string;
  /** Name of the object in Kubernetes. */
  kubernetes?: { name: string; namespace?: string };
  facts: string[];
  /** Type and name of each direct dependency. */
  waitsFor: string[];
  protect: boolean;
  /** All inputs of the provider, with secrets replaced. */
  inputs: Record<string, unknown>;
}

/** Makes unknown values readable. `ids` are the recorder's ids. */
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

/** Runs index.ts, also repeatedly in this process. Resolves when it has ended. */
async function runProgram(cwd: string): Promise<unknown> {
  const require = createRequire(path.join(cwd, "index.ts"));
  const program = path.join(cwd, "index.ts");
  // The engine runs the program in the project's folder, and files in settings are relative to it.
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const exported = require(program) as unknown;
    if (typeof exported === "function") return await (exported as () => unknown)();
    // It has run while it was loaded, and has to the next time.
    Reflect.deleteProperty(require.cache, require.resolve(program));
    return exported;
  } finally {
    process.chdir(before);
  }
}

/**
 * All resources of a stack in creation order, from the program itself, without engine, credentials or
 * network. Throws the program's errors, such as all problems of its settings.
 */
export async function planStack(
  stack: string,
  { cwd = CHECKOUT, configFile }: { cwd?: string; configFile?: string } = {},
): Promise<PlannedResource[]> {
  const { config, secretKeys, problems } = stackDocument(stackFile(stack, cwd, configFile), cwd);
  // The engine would not pass these to the program. They are reported with the problems of the settings.
  if (problems.length + secretKeys.size > 0) stackSettings(stack, cwd, configFile);
  // Only Secrets that Pulumi delivers are read, and only in kinds of stacks with Secrets.
  const vaultKeys = () =>
    vaultSecrets(stackSettings(stack, cwd, configFile) as SecretSettings).flatMap(({ keys }) =>
      Object.values(keys),
    );
  // A plan cannot ask the plane, so it shows what an update makes once the plane admits the agents.
  const remoteAgents = () => {
    const settings = stackSettings(stack, cwd, configFile);
    return settings.kind === "agent" ? admitting(settings) : {};
  };
  // The runtime would report a program that cannot be loaded a second time, by a crash.
  const refusals: unknown[] = [];
  const program = async () => {
    try {
      return await runProgram(cwd);
    } catch (error) {
      refusals.push(error);
      return undefined;
    }
  };
  const recorded = await recordProgram(program, planAnswers(vaultKeys, remoteAgents), {
    project: "access-plane",
    stack,
    config,
    preview: true,
  });
  if (refusals.length > 0) throw refusals[0] as Error;
  const ids = new Map(recorded.map(({ name }) => [`${name}-id`, `<id of ${name}>`]));
  // A stack of agents or apps only reads the plane's outputs.
  const plane = recorded.filter(({ type }) => type !== "pulumi:pulumi:StackReference");
  // In place, to save memory with ten thousand apps.
  for (const resource of plane) {
    resource.inputs = redact(readable(resource.inputs, ids)) as Record<string, unknown>;
  }
  return inCreationOrder(plane).map(({ resource, part, waitsFor }, index) => ({
    step: index + 1,
    part,
    type: resource.type,
    name: resource.name,
    kubernetes: objectPlace(resource.type, resource.inputs),
    facts: facts(resource, resource.protect),
    waitsFor: waitsFor.map(({ type, name }) => `${shortType(type)} ${name}`),
    protect: resource.protect,
    inputs: resource.inputs,
  }));
}
