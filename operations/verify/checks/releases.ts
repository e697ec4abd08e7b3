import type * as k8s from "@kubernetes/client-node";
import {
  agentsOf,
  hasAgents,
  namespacesOf,
  releasesOf,
  type ReleaseName,
} from "../../../inventory/agents";
import { imageOf, type PinnedImage } from "../../../teleport/images";
import { lastRecords, readRevision, type HelmRevision } from "../../base/helm-record";
import { count } from "../../base/count";
import { ok, skipped, verdict, warning, type Check } from "../check";
import type { Context } from "../context";
import { manifestObjects, objectDifferences, type ManifestObject } from "../manifest";
import { CLUSTER_DEPLOYMENTS, simulated } from "../plane";
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
  const objects = await manifestObjects(manifest);
  const looks = await Promise.all(objects.map((wanted) => lookAtObject(context, release, wanted)));
  return {
    objects: objects.length,
    problems: looks.flatMap(({ problems }) => problems),
    hidden: looks.flatMap(({ hidden }) => hidden),
  };
}

/** Pulled image of a container, as the kubelet reports it. */
interface Pulled {
  pod: string;
  container: string;
  image: string;
  /** Undefined while it is not pulled. */
  digest?: string;
}

async function pulledImages({ kubernetes, settings }: Context): Promise<Pulled[]> {
  const lists = await Promise.all(
    namespacesOf(settings).map((namespace) =>
      kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace }),
    ),
  );
  return lists.flat().flatMap(({ metadata, spec, status }) => {
    const states = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(
      ({ name: container, image = "" }) => {
        const id = states.find(({ name }) => name === container)?.imageID;
        const [digest] = /sha256:[0-9a-f]{64}$/.exec(id ?? "") ?? [];
        return { pod: metadata?.name ?? "", container, image, digest };
      },
    );
  });
}

/** Repositories of the images whose digests the settings have. */
function pinned({ settings }: Context): [repository: string, digest: string][] {
  const { images } = settings;
  const edition = settings.kind === "plane" ? settings.teleport.edition : settings.plane.edition;
  return Object.entries(images.digests ?? {}).map(([name, digest]) => [
    imageOf(images, name as PinnedImage, edition),
    digest,
  ]);
}

/** Checks the objects of Helm releases. A preview does not, because Pulumi compares only a release's inputs. */
export const releaseChecks: Check<Context>[] = [
  {
    id: "release.images",
    title: "Images of the releases by digest",
    expected: "nodes have pulled the images of images.digests",
    remedy:
      "somebody has pushed another image under this tag, or the version has changed: ask who publishes it, then " +
      "correct images.digests",
    needs: ["kubernetes.reachable"],
    applies: (settings) => settings.kind === "plane" || hasAgents(settings),
    async run(context) {
      const wanted = pinned(context);
      if (wanted.length === 0) return ok("images.digests is not set");
      const notReal = await simulated(context.kubernetes);
      if (notReal !== undefined) return skipped(notReal);
      const pulled = await pulledImages(context);
      const problems = wanted.flatMap(([repository, digest]) =>
        pulled
          .filter(({ image }) => image.startsWith(`${repository}:`))
          .filter((one) => one.digest !== undefined && one.digest !== digest)
          .map((one) => `${one.pod}/${one.container} runs ${one.image} with ${one.digest ?? ""}`),
      );
      return verdict(problems, wanted.map(([repository]) => repository).join(", "));
    },
  },
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
