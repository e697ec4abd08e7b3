/** Stand-in for the AWS provider plugin with the resource types that the access plane uses. */
import type { Provider } from "../framework.ts";
import { tableProvider } from "../tables/provider.ts";
import { connect } from "./connect.ts";
import { ec2Lookups } from "./lookups-ec2.ts";
import { getZone } from "./lookups-route53.ts";
import { lookups } from "./lookups.ts";
import { autoscalingAttachment } from "./resources/autoscaling-attachment.ts";
import { bucketLifecycle } from "./resources/bucket-lifecycle.ts";
import {
  bucketEncryption,
  bucketPolicy,
  bucketPublicAccessBlock,
  bucketVersioning,
} from "./resources/bucket-settings.ts";
import { bucket } from "./resources/bucket.ts";
import { listener } from "./resources/listener.ts";
import { loadBalancer } from "./resources/load-balancer.ts";
import { podIdentityAssociation } from "./resources/pod-identity-association.ts";
import { record } from "./resources/record.ts";
import { rolePolicy } from "./resources/role-policy.ts";
import { role } from "./resources/role.ts";
import { securityGroupRule } from "./resources/security-group-rule.ts";
import { egressRule, ingressRule } from "./resources/security-group-vpc-rule.ts";
import { securityGroup } from "./resources/security-group.ts";
import { targetGroupAttachment } from "./resources/target-group-attachment.ts";
import { targetGroup } from "./resources/target-group.ts";

export const VERSION = "7.48.0";

export const resources = [
  autoscalingAttachment,
  bucket,
  bucketEncryption,
  bucketLifecycle,
  bucketPolicy,
  bucketPublicAccessBlock,
  bucketVersioning,
  egressRule,
  ingressRule,
  listener,
  loadBalancer,
  podIdentityAssociation,
  record,
  role,
  rolePolicy,
  securityGroup,
  securityGroupRule,
  targetGroup,
  targetGroupAttachment,
];

export const awsProvider = (): Provider =>
  tableProvider({
    name: "aws",
    version: VERSION,
    resources,
    lookups: [...lookups, ...ec2Lookups, getZone],
    secretSettings: ["accessKey", "secretKey", "token"],
    connect,
  });
