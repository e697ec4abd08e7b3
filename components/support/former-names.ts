/** Aliases of the default agent's resources, which were called `agent…` before agents had names. */
export function formerNames(releaseName: string, suffix = ""): { name: string }[] {
  return releaseName === "teleport-agent" ? [{ name: `agent${suffix}` }] : [];
}
