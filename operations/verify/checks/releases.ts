import type * as k8s from "@kubernetes/client-node";
import { agentsOf, hasAgents, releasesOf, type ReleaseName } from "../../../inventory/agents";
import { lastRecords, readRevision, type HelmRevision } from "../../base/helm-record";
import { count } from "../../base/count";
import { verdict, warning, type Check } from "../check";
import type { Context } from "../context";
import { manifestObjects, objectDifferences, type ManifestObject } from "../manifest";
import { CLUSTER_DEPLOYMENTS } from "../plane";
import { REAPPLY } from "../remedy";

/** Differences to show for each object. Others are counted. */
const TOLD = 3;

/** The newest revision of a release. Undefined if Helm has none. */
async function lastRevision(
  { kubernetes }: Context,
  { name, namespace }: ReleaseName,
): Promise<HelmRevision | undefined> {
  const records = await kubernetes.list<k8s.V1Secret>("v1", "Secret", {
    namespace,
    labelSelector: "owner=helm",
  });
  const last = lastRecords(records).get(name);
  return last && readRevision(last.data?.["release"]);
}

interface Look {
  objects: number;
  problems: string[];
  /** Objects that the caller may not read, with the API server's message. */
  hidden: string[];
}

/** True if another check compares the object's replicas with the settings. */
const replicasElsewhere = (context: Context, { kind, metadata }: ManifestObject): boolean =>
  (kind === "Deployment" && CLUSTER_DEPLOYMENTS.includes(metadata.name)) ||
  (kind === "StatefulSet" &&
    agentsOf(context.settings).some(({ release }) => release === metadata.name));

async function lookAtObject(
  context: Context,
  release: ReleaseName,
  wanted: ManifestObject,
): Promise<Omit<Look, "objects">> {
  const { apiVersion, kind, metadata } = wanted;
  const namespace = metadata.namespace ?? release.namespace;
  const title = `${kind} ${metadata.name}`;
  let found: object | undefined;
  try {
    found = await context.kubernetes.get(apiVersion, kind, metadata.name, namespace);
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes("answers 403")) throw error;
    return { problems: [], hidden: [`${title}: ${message}`] };
  }
  if (found === undefined) return { problems: [`${title} is missing`], hidden: [] };
  const all = objectDifferences(wanted, found, replicasElsewhere(context, wanted));
  const more = all.length > TOLD ? [`${all.length - TOLD} more`] : [];
  const told = [...all.slice(0, TOLD), ...more].join(", ");
  return { problems: all.length === 0 ? [] : [`${title} (${told})`], hidden: [] };
}

async function lookAtRelease(context: Context, release: ReleaseName): Promise<Look> {
  const revision = await lastRevision(context, release);
  if (revision === undefined) {
    return { objects: 0, problems: [`Helm has no release ${release.name}`], hidden: [] };
  }
  const { info, version, manifest = "" } = revision;
  if (info.status !== "deployed") {
    const problem = `release ${release.name}, revision ${version}, is ${info.status}`;
    return { objects: 0, problems: [problem], hidden: [] };
  }
  const objects = manifestObjects(manifest);
  const looks = await Promise.all(objects.map((wanted) => lookAtObject(context, release, wanted)));
  return {
    objects: objects.length,
    problems: looks.flatMap(({ problems }) => problems),
    hidden: looks.flatMap(({ hidden }) => hidden),
  };
}

/** Checks the objects of Helm releases. A preview does not, because Pulumi compares only a release's inputs. */
export const releaseChecks: Check<Context>[] = [
  {
    id: "release.objects",
    title: "Objects of the Helm releases",
    expected: "every object that Helm has recorded is there, as it was made",
    remedy: `${REAPPLY}: Helm makes what is missing and corrects what differs; take out by hand what was added`,
    needs: ["kubernetes.reachable"],
    timeoutSeconds: 120,
    applies: (settings) => settings.kind === "plane" || hasAgents(settings),
    async run(context) {
      const looks = await Promise.all(
        releasesOf(context.settings).map((release) => lookAtRelease(context, release)),
      );
      const problems = looks.flatMap((look) => look.problems);
      const hidden = looks.flatMap((look) => look.hidden);
      const total = looks.reduce((sum, { objects }) => sum + objects, 0);
      const seen = `${count(total, "object")} of ${count(looks.length, "release")}`;
      if (problems.length > 0 || hidden.length === 0) return verdict(problems, seen);
      return warning(`${count(hidden.length, "object")} not read: ${hidden[0] ?? ""}`, {
        remedy:
          "allow the verifying account to read these kinds: deploy/pipeline/verify/kubernetes.yaml",
      });
    },
  },
];
