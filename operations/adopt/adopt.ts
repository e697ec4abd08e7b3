import * as k8s from "@kubernetes/client-node";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Settings } from "../../settings/schema";
import { awsConfig } from "../aws-config";
import { CommandError } from "../cli/exit-codes";
import { Cancellation } from "../deploy/cancellation";
import { engineCommand, type EngineOptions } from "../deploy/engine-stack";
import { kubernetesFinder } from "../deploy/find-kubernetes";
import { initStack } from "../deploy/init-stack";
import { backUp, readState } from "../deploy/recover-stack";
import { kubeConfig } from "../kube-config";
import { reportMarkdown } from "../report/markdown";
import { readPreview } from "../report/read-preview";
import { stackSettings } from "../stack-settings";
import { managingApplications, managingText } from "./argo-applications";
import { existingId, type Systems, type Wanted } from "./find-ids";
import { findLoadBalancer } from "./find-load-balancer";
import { withScratch, type Scratch } from "./scratch";

/** An entry of Pulumi's import file. */
interface ImportEntry {
  type: string;
  name: string;
  id?: string;
  component?: boolean;
  logicalName?: string;
}

interface ImportFile {
  resources?: ImportEntry[];
}

/** What an adoption came to. */
export interface Adoption {
  /** What is there and becomes the program's. */
  found: { type: string; name: string; id: string }[];
  /** What is not there, or has no id, and is made by the first update. */
  missing: { type: string; name: string }[];
  /** Pulumi's import file. */
  importFile: string;
  /** What the first update after the import would change, as Markdown. */
  report: string;
  imported: boolean;
  /** The stack's state as it was before the import. */
  backup?: string;
}

export interface AdoptOptions extends Scratch {
  stack: string;
  /** Where the import list is written. */
  importFile: string;
  /** Import into the real stack. */
  yes: boolean;
  say: (text: string) => void;
}

interface Preview {
  steps?: { op: string; newState?: { type: string; urn: string; inputs?: Wanted["inputs"] } }[];
}

const nameOf = ({ name, logicalName }: ImportEntry) => logicalName ?? name;
const key = (type: string, name: string) => `${type}::${name}`;

async function systems(settings: Settings, env: NodeJS.ProcessEnv): Promise<Systems> {
  const found: Systems = { kubernetes: kubernetesFinder(kubeConfig(settings)) };
  if (settings.kind !== "plane") return found;
  const { vault, aws, clusterName, nodePort } = settings;
  const [address, token] = [vault.address ?? env["VAULT_ADDR"], env["VAULT_TOKEN"]];
  if (address !== undefined && token !== undefined) {
    found.vault = {
      address,
      token,
      ...(vault.namespace === undefined ? {} : { namespace: vault.namespace }),
    };
  }
  if (aws !== undefined) {
    const balancer = await findLoadBalancer(awsConfig(aws, "adopt"), clusterName, nodePort);
    if (balancer !== undefined) found.aws = balancer;
  }
  return found;
}

/** The import list: the engine's own of everything it would create, with the ids that are found. */
async function importList(
  { stack, env, say }: AdoptOptions,
  settings: Settings,
  options: EngineOptions,
): Promise<{ file: ImportFile; found: Adoption["found"]; missing: Adoption["missing"] }> {
  const list = path.join(options.cwd, "import.json");
  const output = await engineCommand(
    ["preview", "--stack", stack, "--json", "--import-file", list],
    options,
  );
  const preview = JSON.parse(output.slice(output.indexOf("{"))) as Preview;
  const inputs = new Map(
    (preview.steps ?? []).flatMap(({ op, newState }) =>
      op === "create" && newState !== undefined
        ? [[key(newState.type, newState.urn.split("::").at(-1) ?? ""), newState.inputs ?? {}]]
        : [],
    ),
  );
  const file = JSON.parse(fs.readFileSync(list, "utf8")) as ImportFile;
  const look = await systems(settings, env);
  if (look.vault === undefined) say("Vault is not asked: VAULT_ADDR and VAULT_TOKEN are not set.");
  const found: Adoption["found"] = [];
  const missing: Adoption["missing"] = [];
  const kept: ImportEntry[] = [];
  for (const entry of file.resources ?? []) {
    if (entry.component === true) {
      kept.push(entry);
      continue;
    }
    const [type, name] = [entry.type, nameOf(entry)];
    const id = await existingId({ type, name, inputs: inputs.get(key(type, name)) ?? {} }, look);
    if (id === undefined) {
      missing.push({ type, name });
    } else {
      kept.push({ ...entry, id });
      found.push({ type, name, id });
    }
  }
  return { file: { ...file, resources: kept }, found, missing };
}

async function importInto(stack: string, list: string, options: EngineOptions): Promise<void> {
  const quiet = ["--generate-code=false", "--protect=false", "--skip-preview", "--yes"];
  await engineCommand(["import", "--stack", stack, "--file", list, ...quiet], options);
}

/**
 * Finds what the program of a stack wants and what is there already, writes the import list, and
 * shows on a copy of the state what the first update after the import would change. With `yes` it
 * imports into the real stack, after a backup of its state. Changes nothing outside of the state.
 * Throws when an Argo CD Application still manages the objects.
 */
export async function adopt(options: AdoptOptions): Promise<Adoption> {
  const { stack, cwd, env, yes, say, importFile } = options;
  const settings = stackSettings(stack, cwd);
  const custom = kubeConfig(settings).makeApiClient(k8s.CustomObjectsApi);
  const managing = await managingApplications(custom, settings.namespace.name);
  if (managing.length > 0) throw new CommandError("PREFLIGHT", managingText(managing));
  const cancellation = new Cancellation();

  const tried = await withScratch(stack, { cwd, env }, async (scratch) => {
    const engine = { ...scratch, cancellation };
    await initStack(stack, scratch);
    say("Asking the program what it wants …");
    const { file, found, missing } = await importList(options, settings, engine);
    fs.mkdirSync(path.dirname(path.resolve(importFile)), { recursive: true });
    fs.writeFileSync(importFile, `${JSON.stringify(file, undefined, 2)}\n`);
    if (found.length === 0) return { found, missing, report: "" };
    say(`Importing ${found.length} resources into a copy of the state …`);
    await importInto(stack, path.resolve(importFile), engine);
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
    return { found, missing, report };
  });
  const result = { ...tried, importFile };
  if (!yes || tried.found.length === 0) return { ...result, imported: false };

  const engine = { cwd, env, cancellation };
  await initStack(stack, { cwd, env });
  const backup = backUp(stack, await readState(stack, engine), cwd);
  say(`Importing into stack ${stack} …`);
  await importInto(stack, path.resolve(importFile), engine);
  return { ...result, imported: true, backup };
}
