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
import { vaultChecks } from "./checks/vault";
import { versionChecks } from "./checks/versions";
import { workloadChecks } from "./checks/workloads";
import { isPlane, type AppsContext, type Context } from "./context";
import { runChecks, selectChecks, type RunOptions } from "./run";
import type { Settings } from "../../settings/schema";

/** Checks of stacks with agents. */
const COMMON: readonly Check<Context>[] = [
  ...kubernetesChecks,
  ...vaultChecks,
  ...chartChecks,
  ...quotaChecks,
  ...ownerChecks,
  ...argocdChecks,
  ...agentChecks,
  ...secretChecks,
  ...agentLogChecks,
  ...releaseChecks,
  ...driftChecks,
];

/** Every check there is, in the order in which people read them; all of them are for a plane. */
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
  ...certificateChecks,
  ...exposureChecks,
  ...dnsChecks,
  ...proxyChecks,
  ...clusterLogChecks,
  ...agentLogChecks,
  ...releaseChecks,
  ...driftChecks,
];

/** Checks of a catalogue of apps; its plane has those of everything else. */
const OF_APPS: readonly Check<AppsContext>[] = [...appChecks, ...driftChecks];

const inPhase = (phase: Phase | undefined) => (check: { phase: Phase }) =>
  phase === undefined || check.phase === phase;

/** Throws, naming what there is, when a name is no check or group of this stack. */
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

/** Runs the checks that fit the kind of stack, all of them or those before a deployment. */
export const runFor = (
  context: Context,
  phase: Phase | undefined,
  options: RunOptions,
): Promise<CheckResult[]> =>
  isPlane(context)
    ? runChecks(CHECKS.filter(inPhase(phase)), context, options)
    : runChecks(COMMON.filter(inPhase(phase)), context, options);
