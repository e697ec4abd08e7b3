/** Images of the plane: what they are by default, and what the settings make of them. */

/** Which images a stack runs; what is not given follows from the registry. */
export interface Images {
  /** Registry that mirrors all images under the paths they have. */
  registry?: string;
  teleport?: string;
  operator?: string;
  eventHandler?: string;
  tbot?: string;
  headerProxy?: string;
  render?: string;
  pullPolicy: string;
  /** Names of Secrets in the pods' namespace. */
  pullSecrets: string[];
}

/** Vendors' images. Those of Teleport are repositories, as its charts add the version themselves. */
const DEFAULTS = {
  teleport: "public.ecr.aws/gravitational/teleport-distroless",
  teleportEnterprise: "public.ecr.aws/gravitational/teleport-ent-distroless",
  operator: "public.ecr.aws/gravitational/teleport-operator",
  eventHandler: "public.ecr.aws/gravitational/teleport-plugin-event-handler",
  tbot: "public.ecr.aws/gravitational/tbot-distroless",
  headerProxy: "docker.io/library/caddy:2.11.9",
  render: "docker.io/library/busybox:1.37.0",
  bootstrap: "docker.io/library/postgres:15-alpine",
};

type Image = Exclude<keyof typeof DEFAULTS, "teleportEnterprise">;

/** The image of one part: the settings' own, or the vendor's, from the settings' registry. */
export function imageOf(images: Images, name: Image, edition = "community"): string {
  const own = name === "bootstrap" ? undefined : images[name];
  if (own !== undefined) return own;
  const vendors =
    DEFAULTS[name === "teleport" && edition === "enterprise" ? "teleportEnterprise" : name];
  return images.registry === undefined
    ? vendors
    : vendors.replace(/^[^/]+/, () => images.registry ?? "");
}

/** Values by which both of Teleport's charts take its image, whatever the edition. */
export function imageValues(images: Images, edition: string) {
  return {
    [edition === "enterprise" ? "enterpriseImage" : "image"]: imageOf(images, "teleport", edition),
    enterprise: edition === "enterprise",
    ...pullValues(images),
  };
}

/** Values by which charts pull their images. */
export function pullValues({ pullPolicy, pullSecrets }: Images) {
  return {
    imagePullPolicy: pullPolicy,
    imagePullSecrets: pullSecrets.length === 0 ? undefined : pullSecrets.map((name) => ({ name })),
  };
}

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
