/** Images the program names itself; everything else is the charts' own. */

/** Image of Teleport's agents, as `teleport-kube-agent` has it by default (it holds no shell). */
export const TELEPORT_IMAGE = "public.ecr.aws/gravitational/teleport-distroless";

/** User id of the `teleport-distroless` image. */
export const TELEPORT_UID = 9807;

/** Pod security context that the Restricted Pod Security Standard accepts. */
export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: TELEPORT_UID,
  runAsGroup: TELEPORT_UID,
  fsGroup: TELEPORT_UID,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Container security context that the Restricted Pod Security Standard accepts. */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: TELEPORT_UID,
  seccompProfile: { type: "RuntimeDefault" },
};
