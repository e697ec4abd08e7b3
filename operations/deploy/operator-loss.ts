import type { Settings } from "../../settings/schema";
import { ALL_KINDS, kindInfo } from "../../teleport/resources/kinds";
import { CommandError } from "../base/exit-codes";
import { getText } from "../../teleport/values";
import { kubeConfig } from "../base/kube-config";
import { objectPlace } from "../base/urn";
import { LiveKubernetes, type KubeReader } from "../clients/kubernetes";
import { teleportObjects } from "../verify/operator";
import { protectionOf } from "../kinds";
import type { Step } from "../engine/steps";

const ENTERPRISE = ALL_KINDS.filter((kind) => kindInfo(kind).enterprise);

const edition = (inputs: Step["before"]) =>
  (inputs?.["values"] as { enterprise?: unknown } | undefined)?.enterprise === true
    ? "enterprise"
    : "community";

/** What a plane's operator loses by an operation. */
export interface OperatorLoss {
  what: "operator" | "licence";
  namespace: string;
}

/** Undefined if the operator stays, with all kinds of its edition. */
export function operatorLoss(steps: readonly Step[]): OperatorLoss | undefined {
  for (const step of steps) {
    if (protectionOf({ ...step, inputs: step.before })?.allow !== "teleport") continue;
    const namespace = step.before?.["namespace"];
    if (typeof namespace !== "string") continue;
    if (step.kind === "delete") return { what: "operator", namespace };
    const demoted = edition(step.before) === "enterprise" && edition(step.after) === "community";
    if (step.kind === "update" && demoted) return { what: "licence", namespace };
  }
  return undefined;
}

/** `kind/name` of the custom resources that an operation deletes while the operator runs. */
function leaving(steps: readonly Step[]): Set<string> {
  const deleted = steps.filter(({ kind }) => kind === "delete");
  return new Set(
    deleted.map(
      ({ type, before }) => `${getText(before, "kind")}/${objectPlace(type, before)?.name ?? ""}`,
    ),
  );
}

/** Custom resources whose finalizer nothing would remove. */
export async function orphans(
  { what, namespace }: OperatorLoss,
  steps: readonly Step[],
  kubernetes: KubeReader,
): Promise<string[]> {
  const objects = await teleportObjects(kubernetes, namespace);
  const names = objects.map(({ kind, metadata }) => `${kind}/${metadata?.name ?? ""}`);
  // Releases are upgraded before any deletion, and deleted after everything in them.
  if (what === "operator") {
    const gone = leaving(steps);
    return names.filter((name) => !gone.has(name));
  }
  return names.filter((name) => ENTERPRISE.some((kind) => name.startsWith(`${kind}/`)));
}

/** Why an operation is refused, and what to do about the objects that would stay behind. */
export const refusal = (
  { what, namespace }: NonNullable<ReturnType<typeof operatorLoss>>,
  found: readonly string[],
): string =>
  what === "operator"
    ? "this deletes the operator, and nothing could then finish the deletion of these custom " +
      "resources of other stacks or people, nor of their namespace. Destroy those stacks first, or " +
      `delete the objects: kubectl delete -n ${namespace} ${found.join(" ")}`
    : "the community edition has no controller for these kinds, so nothing could finish the " +
      "deletion of their objects. Remove them in an update of its own, then change the edition";

/** Throws if an operation would leave custom resources without the operator that finishes their deletion. */
export async function refuseOrphans(
  steps: readonly Step[],
  settings: Pick<Settings, "kubernetes">,
  warn: (text: string) => void,
): Promise<void> {
  const loss = operatorLoss(steps);
  if (loss === undefined) return;
  let found: string[];
  try {
    found = await orphans(loss, steps, new LiveKubernetes(() => kubeConfig(settings)));
  } catch (error) {
    warn(`whether custom resources stay behind cannot be seen: ${(error as Error).message}`);
    return;
  }
  if (found.length === 0) return;
  throw new CommandError(
    "PROTECTED",
    `refused; nothing was touched: ${refusal(loss, found)}:\n  ${found.join("\n  ")}`,
  );
}
