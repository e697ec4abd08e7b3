import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link referToPlane}. */
export interface PlaneReferenceArgs {
  /** Stack of the plane, whose outputs are read. */
  stack?: string;
  /** Teleport cluster name. Default: output of that stack. */
  clusterName?: string;
}

/** The plane that a stack belongs to. */
export interface PlaneReference {
  /** Teleport cluster name, from the settings or from the plane's stack. */
  clusterName: pulumi.Output<string>;
  /** The plane's stack, if the settings name one. */
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
