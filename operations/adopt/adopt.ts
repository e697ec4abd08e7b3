import * as fs from "node:fs";
import * as path from "node:path";
import { CommandError } from "../base/exit-codes";
import { LiveKubernetes } from "../clients/kubernetes";
import { Cancellation } from "../engine/cancellation";
import { engineCommand, type EngineOptions } from "../engine/engine-stack";
import { initStack } from "../deploy/init-stack";
import { backUp } from "../deploy/recover-stack";
import { kubeConfig } from "../base/kube-config";
import { writePrivate } from "../base/private-file";
import { reportMarkdown } from "../report/markdown";
import { readPreview } from "../report/read-preview";
import { stackSettings } from "../base/stack-settings";
import { managingApplications, managingText } from "./argo-applications";
import { importList, type ImportSearch } from "./import-list";
import { refuseOtherReleases, refuseOtherStacks, refuseOwn } from "./other-owners";
import type { Wanted } from "./find-ids";
import { recordSpecs } from "./record-specs";
import { withScratch, type Scratch } from "./scratch";
import { readState } from "../engine/state";

/** Result of an adoption. */
export interface Adoption extends ImportSearch {
  /** Pulumi's import file. */
  importFile: string;
  /** Changes of the first update after the import, as Markdown. */
  report: string;
  imported: boolean;
  /** File with the stack's state before the import. */
  backup?: string;
}

export interface AdoptOptions extends Scratch {
  stack: string;
  /** File for the import list. */
  importFile: string;
  /** Import into the real stack. */
  yes: boolean;
  say: (text: string) => void;
}

async function importInto(
  stack: string,
  list: string,
  wanted: readonly Wanted[],
  options: EngineOptions,
): Promise<void> {
  const quiet = ["--generate-code=false", "--protect=false", "--skip-preview", "--yes"];
  await engineCommand(["import", "--stack", stack, "--file", list, ...quiet], options);
  await recordSpecs(stack, wanted, options);
}

/**
 * Finds the resources of a stack's program that exist already, writes the import list, and shows on a copy
 * of the state what the first update after the import would change. With `yes` it imports into the real
 * stack, after a backup of its state. Changes only the state. Throws if an Argo CD Application, another
 * Helm release or another stack still manages some of the resources.
 */
export async function adopt(options: AdoptOptions): Promise<Adoption> {
  const cancellation = new Cancellation();
  const unlisten = cancellation.listen(() =>
    options.say("Cancelling: the engine ends its running step first …"),
  );
  try {
    return await adoptWith(options, cancellation);
  } finally {
    unlisten();
  }
}

async function adoptWith(options: AdoptOptions, cancellation: Cancellation): Promise<Adoption> {
  const { stack, cwd, env, yes, say, importFile } = options;
  const settings = stackSettings(stack, cwd);
  const real = { cwd, env, cancellation };
  await refuseOwn(stack, real);
  const kubernetes = new LiveKubernetes(() => kubeConfig(settings));
  const managing = await managingApplications(kubernetes, settings.namespace.name);
  if (managing.length > 0) throw new CommandError("PREFLIGHT", managingText(managing));
  await refuseOtherReleases(settings, { cwd, env });

  const tried = await withScratch(stack, { cwd, env }, async (scratch) => {
    const engine = { ...scratch, cancellation };
    await initStack(stack, scratch);
    say("Asking the program what it wants …");
    const { file, wanted, ...list } = await importList(stack, settings, engine, say);
    const { found } = list;
    fs.mkdirSync(path.dirname(path.resolve(importFile)), { recursive: true });
    writePrivate(importFile, `${JSON.stringify(file, undefined, 2)}\n`);
    if (found.length === 0) return { wanted, result: { ...list, report: "" } };
    await refuseOtherStacks(stack, found, real);
    say(`Importing ${found.length} resources into a copy of the state …`);
    await importInto(stack, path.resolve(importFile), wanted, engine);
    say("Asking what the first update would change …");
    const preview = await engineCommand(
      ["preview", "--stack", stack, "--json", "--show-sames"],
      engine,
    );
    const report = reportMarkdown({
      stack,
      comparedWith: "After the import: what the first update would change.",
      ...readPreview(preview.slice(preview.indexOf("{"))),
    });
    return { wanted, result: { ...list, report } };
  });
  const result = { ...tried.result, importFile };
  if (!yes || result.found.length === 0) return { ...result, imported: false };

  await initStack(stack, real);
  const backup = backUp(stack, await readState(stack, real), cwd);
  say(`Importing into stack ${stack} …`);
  await importInto(stack, path.resolve(importFile), tried.wanted, real);
  return { ...result, imported: true, backup };
}
