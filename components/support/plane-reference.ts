import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../../settings/schema";

/** The plane that a stack belongs to. */
export interface PlaneReference {
  /** Teleport cluster name, from the settings or from the plane's stack. */
  clusterName: pulumi.Output<string>;
  /** The plane's stack, if the settings name one. */
  stack?: pulumi.StackReference;
}

/** Refers to the plane that a stack belongs to. */
export function referToPlane(
  plane: SettingsOf<"agent">["plane"],
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
