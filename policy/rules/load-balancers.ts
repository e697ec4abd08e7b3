import { mapping, text, type Rule } from "./rule";

const GROUPS = "service.beta.kubernetes.io/aws-load-balancer-security-groups";

/**
 * A network load balancer that is made without a security group can never get one (AWS, "Update the
 * security groups for your Network Load Balancer").
 */
export const nlbHasSecurityGroup: Rule = {
  name: "nlb-has-security-group",
  description: "Every network load balancer has a security group of its own from the beginning.",
  level: "mandatory",
  violations({ type, props }) {
    if (
      type === "aws:lb/loadBalancer:LoadBalancer" ||
      type === "aws:alb/loadBalancer:LoadBalancer"
    ) {
      if (props["loadBalancerType"] !== "network") return [];
      const { securityGroups } = props;
      // Unknown in a preview is fine: something fills it.
      return securityGroups === undefined ||
        (Array.isArray(securityGroups) && securityGroups.length === 0)
        ? ["has no securityGroups, and can never get one later; set them now"]
        : [];
    }
    if (
      type === "kubernetes:core/v1:Service" &&
      mapping(props["spec"])["type"] === "LoadBalancer"
    ) {
      const annotations = mapping(mapping(props["metadata"])["annotations"]);
      return text(annotations[GROUPS]) === ""
        ? [`is of type LoadBalancer without the annotation ${GROUPS}; name its security group`]
        : [];
    }
    return [];
  },
};
