import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link referToPlane}. */
export interface PlaneReferenceArgs {
  /** Stack of the plane, whose outputs are read. */
  stack?: string;
  /** Teleport cluster name. Default: output of that stack. */
  clusterName?: string;
}

/** The plane of another stack, or of none. */
export interface PlaneReference {
  /** Teleport cluster name, said in the settings or by the plane's own stack. */
  clusterName: pulumi.Output<string>;
  /** Outputs of the plane's stack, where there is one. */
  stack?: pulumi.StackReference;
}

/** Refers to the plane that a stack belongs to. */
export function referToPlane(
  plane: PlaneReferenceArgs,
  opts: pulumi.CustomResourceOptions,
): PlaneReference {
  if (plane.stack === undefined) return { clusterName: pulumi.output(plane.clusterName ?? "") };
  const stack = new pulumi.StackReference("plane", { name: plane.stack }, opts);
  return {
    clusterName:
      plane.clusterName === undefined
        ? stack.requireOutput("clusterName").apply(String)
        : pulumi.output(plane.clusterName),
    stack,
  };
}
