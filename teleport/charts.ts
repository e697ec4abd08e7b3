/** Charts that a stack may be made of. */
export const CHARTS = [
  "teleport-cluster",
  "teleport-kube-agent",
  "teleport-plugin-event-handler",
] as const;

/** A digest as registries write it. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Name of a chart in whatever a release calls it: a name, a folder, an OCI reference with a digest. */
export const chartName = (reference: string): string =>
  reference.split("@")[0]?.split("/").at(-1) ?? "";
