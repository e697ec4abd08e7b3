import { mapping, type Inspected, type Rule } from "./rule";

/** What a loss of a resource means, for those whose loss cuts everybody off; undefined for others. */
function loss({ type }: Inspected): string | undefined {
  switch (type) {
    case "kubernetes:core/v1:Namespace":
      return "everything in it goes with it";
    case "aws:lb/loadBalancer:LoadBalancer":
    case "aws:alb/loadBalancer:LoadBalancer":
      return "its address changes and every connection is cut";
    default:
      return undefined;
  }
}

/** AWS's own protection of a load balancer counts as well. */
const protectedElsewhere = ({ props }: Inspected) => props["enableDeletionProtection"] === true;

/** Kinds whose loss cuts everybody off cannot be deleted or replaced by an update. */
export const protectedKindsAreProtected: Rule = {
  name: "protected-kinds",
  description: "Namespaces and load balancers are protected from deletion.",
  level: "mandatory",
  violations(resource) {
    const what = loss(resource);
    if (what === undefined || resource.protect || protectedElsewhere(resource)) return [];
    // A label takes a namespace out that is meant to come and go.
    const labels = mapping(mapping(resource.props["metadata"])["labels"]);
    if (labels["access-plane/disposable"] === "true") return [];
    return [`is not protected, and if it is deleted ${what}; set the resource option protect`];
  },
};
