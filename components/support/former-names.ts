import type * as pulumi from "@pulumi/pulumi";

/** Before agents were named, their resources were called `agent…`. */
export function formerNames(releaseName: string, suffix = ""): pulumi.Alias[] {
  return releaseName === "teleport-agent" ? [{ name: `agent${suffix}` }] : [];
}
