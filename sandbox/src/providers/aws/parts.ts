/** Resource types, functions and clients of the AWS stand-in. */
import { ec2Lookups } from "./lookups-ec2.ts";
import { getZone } from "./lookups-route53.ts";
import { lookups as general } from "./lookups.ts";
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

export { connect } from "./connect.ts";

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

export const lookups = [...general, ...ec2Lookups, getZone];
