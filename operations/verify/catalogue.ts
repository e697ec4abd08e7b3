import type { Check, CheckResult } from "./check";
import { agentChecks } from "./checks/agents";
import { appChecks } from "./checks/apps";
import { argocdChecks } from "./checks/argocd";
import { awsChecks } from "./checks/aws";
import { certificateChecks } from "./checks/certificate";
import { chartChecks } from "./checks/charts";
import { databaseChecks } from "./checks/database";
import { dnsChecks } from "./checks/dns";
import { driftChecks } from "./checks/drift";
import { exposureChecks } from "./checks/exposure";
import { issuerChecks } from "./checks/issuer";
import { kubernetesChecks } from "./checks/kubernetes";
import { agentLogChecks, clusterLogChecks } from "./checks/logs";
import { outsideAddressChecks } from "./checks/outside-addresses";
import { ownerChecks } from "./checks/owners";
import { proxyChecks } from "./checks/proxy";
import { quotaChecks } from "./checks/quota";
import { recordingChecks } from "./checks/recordings";
import { releaseChecks } from "./checks/releases";
import { resourceChecks } from "./checks/resources";
import { secretChecks } from "./checks/secrets";
import { stalePodChecks } from "./checks/stale-pods";
import { targetChecks } from "./checks/targets";
import { vaultChecks } from "./checks/vault";
import { versionChecks } from "./checks/versions";
import { workloadChecks } from "./checks/workloads";
import type { AppsContext, Context } from "./context";
import { runChecks, selectChecks, type RunOptions } from "./run";
import type { Settings } from "../../settings/schema";

const COMMON: readonly Check<Context>[] = [
  ...kubernetesChecks,
  ...vaultChecks,
  ...chartChecks,
  ...quotaChecks,
  ...ownerChecks,
  ...argocdChecks,
  ...agentChecks,
  ...secretChecks,
  ...stalePodChecks,
  ...agentLogChecks,
  ...releaseChecks,
  ...driftChecks,
];

/** All checks, in the order of the output. All of them apply to a plane. */
export const CHECKS: readonly Check[] = [
  ...kubernetesChecks,
  ...vaultChecks,
  ...awsChecks,
  ...recordingChecks,
  ...chartChecks,
  ...databaseChecks,
  ...issuerChecks,
  ...quotaChecks,
  ...versionChecks,
  ...ownerChecks,
  ...argocdChecks,
  ...workloadChecks,
  ...agentChecks,
  ...resourceChecks,
  ...secretChecks,
  ...stalePodChecks,
  ...certificateChecks,
  ...exposureChecks,
  ...targetChecks,
  ...outsideAddressChecks,
  ...dnsChecks,
  ...proxyChecks,
  ...clusterLogChecks,
  ...agentLogChecks,
  ...releaseChecks,
  ...driftChecks,
];

/** Checks of a catalogue of apps. The plane's stack has all other checks. */
const OF_APPS: readonly Check<AppsContext>[] = [...appChecks, ...driftChecks];

/** The checks of a kind of stack. With `before`, only those that must hold before a deployment. */
function checksOf({ kind }: Pick<Settings, "kind">, before = false): readonly Check<never>[] {
  const all: readonly Check<never>[] =
    kind === "plane" ? CHECKS : kind === "apps" ? OF_APPS : COMMON;
  return all.filter((check) => !before || check.before === true);
}

/** Throws if a name is not a check or a group of this stack, and lists the names. */
export function assertSelectable(
  settings: Pick<Settings, "kind">,
  { before, only, skip }: Pick<RunOptions, "only" | "skip"> & { before: boolean },
): void {
  selectChecks(checksOf(settings, before), only, skip);
}

/** Runs the checks for the kind of stack: before an update those that must hold then, else all. */
export const runFor = (
  context: Context | AppsContext,
  options: RunOptions = {},
): Promise<CheckResult[]> =>
  // The checks of a kind take the context of that kind.
  runChecks(checksOf(context.settings, context.preflight), context as never, options);
