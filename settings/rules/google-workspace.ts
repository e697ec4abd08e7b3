import { get, getText, list } from "../../teleport/values";
import type { Path } from "../problem";
import { rule, type Rule } from "./rule";

/** Rules about OIDC connectors of Google Workspace. */

/** Folders that the stack's chart values mount into the auth pods. */
function mountPaths(values: Record<string, unknown>): string[] {
  const mounts = [get(values, "extraVolumeMounts"), get(values, "auth", "extraVolumeMounts")];
  return mounts.flatMap((some) => list(some)).map((mount) => getText(mount, "mountPath"));
}

const inside = (file: string, folder: string): boolean =>
  folder !== "" && file.startsWith(folder.endsWith("/") ? folder : `${folder}/`);

const serviceAccount = rule({
  needs: ["resources", "teleport"],
  check({ resources, teleport }, report) {
    const mounted = mountPaths(teleport.values);
    for (const [name, { spec, googleServiceAccount }] of Object.entries(resources.oidcConnectors)) {
      const at = (...rest: string[]): Path => ["resources", "oidcConnectors", name, ...rest];
      const uri = spec.google_service_account_uri;
      const own = at("spec", "google_service_account_uri");
      if (googleServiceAccount !== undefined) {
        if (uri !== undefined) {
          report.problem(own, "is set, but googleServiceAccount sets it, too: remove it.", [
            at("googleServiceAccount"),
          ]);
        }
        if (spec.google_admin_email === undefined) {
          report.problem(
            at("spec", "google_admin_email"),
            "is missing: with googleServiceAccount Teleport reads groups as an administrator of the Workspace; name one.",
            [at("googleServiceAccount")],
          );
        }
      } else if (uri?.startsWith("file:") === true) {
        const file = uri.replace(/^file:(\/\/)?/, "");
        if (mounted.some((folder) => inside(file, folder))) continue;
        report.problem(
          own,
          `is "${uri}", but nothing mounts that file into the auth pods: put the key into Vault and set ` +
            "googleServiceAccount, or mount it with teleport.values.auth.extraVolumeMounts.",
          [["teleport", "values"]],
        );
      }
    }
  },
});

export const googleWorkspaceRules: readonly Rule[] = [serviceAccount];
