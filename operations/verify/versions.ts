import type * as k8s from "@kubernetes/client-node";
import * as semver from "semver";
import type { KubeReader } from "../clients/kubernetes";
import { CLUSTER_RELEASE } from "../../teleport/names";

/** Tag of the first container with an image of Teleport. */
export function imageVersion(template: k8s.V1PodTemplateSpec | undefined): string | undefined {
  for (const { image = "" } of template?.spec?.containers ?? []) {
    const [, tag] = /teleport[^:@]*:([^@]+)/.exec(image) ?? [];
    const version = semver.valid(semver.coerce(tag, { includePrerelease: true }));
    if (version !== null) return version;
  }
  return undefined;
}

/** Deployments of the release `teleport`. */
export function clusterDeployments(
  kubernetes: KubeReader,
  namespace: string,
): Promise<k8s.V1Deployment[]> {
  return kubernetes.list<k8s.V1Deployment>("apps/v1", "Deployment", {
    namespace,
    labelSelector: `app.kubernetes.io/instance=${CLUSTER_RELEASE}`,
  });
}

/** Version of the running auth service. Undefined before the first deployment. */
export async function clusterVersion(
  kubernetes: KubeReader,
  namespace: string,
): Promise<string | undefined> {
  const deployments = await clusterDeployments(kubernetes, namespace);
  const auth = deployments.find(({ metadata }) => metadata?.name?.endsWith("-auth") === true);
  return imageVersion(auth?.spec?.template);
}

/** Why an agent's version does not work with the cluster's. Undefined if it does. */
export function versionProblem(agent: string, cluster: string): string | undefined {
  if (semver.gt(agent, cluster)) return `${agent} is newer than the cluster's ${cluster}`;
  const apart = semver.major(cluster) - semver.major(agent);
  return apart > 1
    ? `${agent} is ${apart} major versions behind the cluster's ${cluster}`
    : undefined;
}
