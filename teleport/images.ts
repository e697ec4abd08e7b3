/** Images of the plane: defaults and settings. */

/** Images of Teleport's own, which the settings can pin by digest. */
export const PINNED_IMAGES = ["teleport", "operator", "eventHandler", "tbot"] as const;
export type PinnedImage = (typeof PINNED_IMAGES)[number];

/** Images of a stack. Images that are not set come from the registry, or from the vendor. */
export interface Images {
  /** Registry that mirrors all images under their own paths. */
  registry?: string;
  teleport?: string;
  operator?: string;
  eventHandler?: string;
  tbot?: string;
  headerProxy?: string;
  render?: string;
  digests?: Partial<Record<PinnedImage, string>>;
  pullPolicy: string;
  /** Names of Secrets in the pods' namespace. */
  pullSecrets: string[];
}

/** Vendors' images. Teleport's have no tag, because its charts add the version. */
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

/** The image of one part: from the settings, or the vendor's, with the settings' registry. */
export function imageOf(images: Images, name: Image, edition = "community"): string {
  const own = name === "bootstrap" ? undefined : images[name];
  if (own !== undefined) return own;
  const vendors =
    DEFAULTS[name === "teleport" && edition === "enterprise" ? "teleportEnterprise" : name];
  return images.registry === undefined
    ? vendors
    : vendors.replace(/^[^/]+/, () => images.registry ?? "");
}

/** Values `image`, `enterpriseImage` and `enterprise` of Teleport's charts. */
export function imageValues(images: Images, edition: string) {
  return {
    [edition === "enterprise" ? "enterpriseImage" : "image"]: imageOf(images, "teleport", edition),
    enterprise: edition === "enterprise",
    ...pullValues(images),
  };
}

/** Values `imagePullPolicy` and `imagePullSecrets` of Teleport's charts. */
export function pullValues({ pullPolicy, pullSecrets }: Images) {
  return {
    imagePullPolicy: pullPolicy,
    imagePullSecrets: pullSecrets.length === 0 ? undefined : pullSecrets.map((name) => ({ name })),
  };
}

/** User id of the `teleport-distroless` image. */
export const TELEPORT_UID = 9807;

/** Pod security context. Source: Kubernetes' Restricted Pod Security Standard. */
export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: TELEPORT_UID,
  runAsGroup: TELEPORT_UID,
  fsGroup: TELEPORT_UID,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Container security context. Source: Kubernetes' Restricted Pod Security Standard. */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: TELEPORT_UID,
  seccompProfile: { type: "RuntimeDefault" },
};
