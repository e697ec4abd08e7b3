import * as fs from "node:fs";
import * as path from "node:path";
import type { Settings } from "../../settings/schema";
import { engineJson, type EngineOptions } from "../engine/engine-stack";
import { LiveKubernetes } from "../clients/kubernetes";
import { LiveVault } from "../clients/vault";
import { kubernetesFinder } from "../kinds/find-kubernetes";
import { kubeConfig } from "../base/kube-config";
import { SECRET_SIGNATURE } from "../base/redact";
import { existingId, type Systems, type Wanted } from "./find-ids";
import { findLoadBalancer } from "./find-load-balancer";
import { unmanagedObjects } from "./unmanaged-objects";
import { urnName } from "../base/urn";
import { withVaultNames } from "./vault-names";

/** An entry of Pulumi's import file. */
export interface ImportEntry {
  type: string;
  name: string;
  id?: string;
  component?: boolean;
  logicalName?: string;
  /** Configuration of a provider. */
  inputs?: Record<string, unknown>;
}

interface ImportFile {
  resources?: ImportEntry[];
}

/** Result of the search for existing objects. */
export interface ImportSearch {
  /** Objects that exist and are imported. */
  found: { type: string; name: string; id: string }[];
  /** Objects that do not exist or have no id; the first update creates them. */
  missing: { type: string; name: string }[];
  /** Objects in the namespace that the program does not manage, one line each. */
  unmanaged: string[];
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
    found.vault = new LiveVault({ address, token, namespace: vault.namespace });
  }
  if (aws !== undefined && settings.loadBalancer !== undefined) {
    const balancer = await findLoadBalancer(aws, clusterName, nodePort);
    if (balancer !== undefined) found.aws = balancer;
  }
  return found;
}

/**
 * An entry that needs no id, as it is written to the list: a component or a provider (Pulumi lists
 * providers since 3.27x). Omits a provider's secrets: only the state that encrypted them can decrypt them,
 * and the environment has them. Undefined for other entries.
 */
export function createdByImport(entry: ImportEntry): ImportEntry | undefined {
  if (entry.component === true) return entry;
  if (!entry.type.startsWith("pulumi:providers:")) return undefined;
  if (entry.inputs === undefined) return entry;
  const inputs = Object.entries(entry.inputs).filter(
    ([, value]) => !JSON.stringify(value).includes(SECRET_SIGNATURE),
  );
  return { ...entry, inputs: Object.fromEntries(inputs) };
}

/** The import list: the engine's list of everything it would create, with the ids that were found. */
export async function importList(
  stack: string,
  settings: Settings,
  options: EngineOptions,
  say: (text: string) => void,
): Promise<ImportSearch & { file: ImportFile; wanted: Wanted[] }> {
  const list = path.join(options.cwd, "import.json");
  const preview = await engineJson<Preview>(
    ["preview", "--stack", stack, "--json", "--import-file", list],
    options,
  );
  const planned = (preview.steps ?? []).flatMap(({ op, newState }) =>
    op === "create" && newState !== undefined
      ? [{ type: newState.type, name: urnName(newState.urn), inputs: newState.inputs ?? {} }]
      : [],
  );
  const file = JSON.parse(fs.readFileSync(list, "utf8")) as ImportFile;
  const look = await systems(settings, options.env);
  if (look.vault === undefined) say("Vault is not asked: VAULT_ADDR and VAULT_TOKEN are not set.");
  const kubernetes = new LiveKubernetes(() => kubeConfig(settings));
  const named =
    look.vault === undefined ? planned : await withVaultNames(planned, kubernetes, look.vault);
  const inputs = new Map(named.map((one) => [key(one.type, one.name), one.inputs]));
  const found: ImportSearch["found"] = [];
  const missing: ImportSearch["missing"] = [];
  const kept: ImportEntry[] = [];
  const wanted: Wanted[] = [];
  for (const entry of file.resources ?? []) {
    const made = createdByImport(entry);
    if (made !== undefined) {
      kept.push(made);
      continue;
    }
    const [type, name] = [entry.type, nameOf(entry)];
    const resource = { type, name, inputs: inputs.get(key(type, name)) ?? {} };
    wanted.push(resource);
    const id = await existingId(resource, look);
    if (id === undefined) {
      missing.push({ type, name });
    } else {
      kept.push({ ...entry, id });
      found.push({ type, name, id });
    }
  }
  const unmanaged = await unmanagedObjects(kubernetes, settings.namespace.name, wanted);
  return { file: { ...file, resources: kept }, wanted, found, missing, unmanaged };
}
