import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link planeClusterName}. */
export interface PlaneReferenceArgs {
  /** Stack of the plane, whose outputs are read. */
  stack?: string;
  /** Teleport cluster name. Default: output of that stack. */
  clusterName?: string;
}

/** The plane's cluster name, said here or by the plane's own stack. */
export function planeClusterName(
  plane: PlaneReferenceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (plane.stack === undefined) return pulumi.output(plane.clusterName ?? "");
  const reference = new pulumi.StackReference("plane", { name: plane.stack }, opts);
  const output = reference.requireOutput("clusterName").apply(String);
  return plane.clusterName === undefined ? output : pulumi.output(plane.clusterName);
}
