import type { Check, CheckResult, Phase } from "./check";
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
import { ownerChecks } from "./checks/owners";
import { proxyChecks } from "./checks/proxy";
import { quotaChecks } from "./checks/quota";
import { recordingChecks } from "./checks/recordings";
import { releaseChecks } from "./checks/releases";
import { resourceChecks } from "./checks/resources";
import { secretChecks } from "./checks/secrets";
import { stalePodChecks } from "./checks/stale-pods";
import { vaultChecks } from "./checks/vault";
import { versionChecks } from "./checks/versions";
import { workloadChecks } from "./checks/workloads";
import { isPlane, type AppsContext, type Context } from "./context";
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
  ...dnsChecks,
  ...proxyChecks,
  ...clusterLogChecks,
  ...agentLogChecks,
  ...releaseChecks,
  ...driftChecks,
];

/** Checks of a catalogue of apps. The plane's stack has all other checks. */
const OF_APPS: readonly Check<AppsContext>[] = [...appChecks, ...driftChecks];

const inPhase = (phase: Phase | undefined) => (check: { phase: Phase }) =>
  phase === undefined || check.phase === phase;

/** Throws if a name is not a check or a group of this stack, and lists the names. */
export function assertSelectable(
  { kind }: Pick<Settings, "kind">,
  phase: Phase | undefined,
  { only, skip }: Pick<RunOptions, "only" | "skip">,
): void {
  if (kind === "plane") selectChecks(CHECKS.filter(inPhase(phase)), only, skip);
  else if (kind === "apps") selectChecks(OF_APPS.filter(inPhase(phase)), only, skip);
  else selectChecks(COMMON.filter(inPhase(phase)), only, skip);
}

/** Runs the checks of a catalogue of apps. */
export const runForApps = (
  context: AppsContext,
  phase: Phase | undefined,
  options: RunOptions,
): Promise<CheckResult[]> => runChecks(OF_APPS.filter(inPhase(phase)), context, options);

/** Runs the checks for the kind of stack, of one phase or all. */
export const runFor = (
  context: Context,
  phase: Phase | undefined,
  options: RunOptions,
): Promise<CheckResult[]> =>
  isPlane(context)
    ? runChecks(CHECKS.filter(inPhase(phase)), context, options)
    : runChecks(COMMON.filter(inPhase(phase)), context, options);
