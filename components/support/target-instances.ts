import * as ec2 from "@pulumi/aws/ec2";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";

/** Tags as the filters of EC2's lookups. */
export const tagFilters = (tags: Record<string, string> = {}) =>
  Object.entries(tags).map(([key, value]) => ({ name: `tag:${key}`, values: [value] }));

/**
 * Ids of the running instances that `loadBalancer.targets` selects. Looked up before the first resource, so
 * that a preview shows every target. Throws if no instance has the tags.
 */
export async function targetInstances(
  { loadBalancer }: Pick<PlaneSettings, "loadBalancer">,
  providers: pulumi.ProviderResource[],
): Promise<string[]> {
  const { instanceTags, instanceIds = [] } = loadBalancer?.targets ?? {};
  if (instanceTags === undefined) return instanceIds;
  const provider = providers.find((candidate) => AwsProvider.isInstance(candidate));
  const { ids } = await ec2.getInstances(
    { filters: tagFilters(instanceTags), instanceStateNames: ["running"] },
    { provider },
  );
  if (ids.length > 0) return ids;
  throw new pulumi.RunError(
    `access-plane:loadBalancer.targets.instanceTags: no running instance has the tags ${JSON.stringify(instanceTags)}`,
  );
}
