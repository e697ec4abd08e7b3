import { imagesByDigest } from "./image-digests";
import { nlbHasSecurityGroup } from "./load-balancers";
import { noPublicNodePort } from "./node-ports";
import { protectedKindsAreProtected } from "./protection";
import type { Rule } from "./rule";
import { noSystemMasters } from "./system-masters";

/** Every guardrail of the pack. */
export const rules: readonly Rule[] = [
  noPublicNodePort,
  noSystemMasters,
  nlbHasSecurityGroup,
  protectedKindsAreProtected,
  imagesByDigest,
];
