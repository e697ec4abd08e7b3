import type { AppV3Spec } from "../generated/app-v3";
import type { App } from "./app";
import { commonFields, withoutEmpty } from "./app-fields";

/** Label by which the agents of one release find the dynamic apps that are theirs. */
export const AGENT_LABEL = "access-plane/agent";

/** Matchers of a release's agents for `app_service.resources` (chart value `appResources`). */
export function appMatchers(pool: string): { labels: Record<string, string> }[] {
  return [{ labels: { [AGENT_LABEL]: pool } }];
}

/** An app as an object of the Teleport operator, kind TeleportAppV3. */
export interface AppObject {
  /** They become the app's labels in Teleport. */
  labels: Record<string, string>;
  description?: string;
  spec: AppV3Spec;
}

/** One app as a TeleportAppV3 (Teleport operator reference); `pool` is the release that serves it. */
export function dynamicApp(app: App, clusterName: string, pool: string): AppObject {
  const headers = app.rewrite.headers.map((header) => {
    if (!("secret" in header)) return { name: header.name, value: header.value };
    // The rules have refused it before.
    throw new Error(`app ${app.name}: a secret header cannot be in an object of the API`);
  });
  return {
    labels: { ...app.labels, [AGENT_LABEL]: pool },
    description: app.description,
    spec: withoutEmpty({
      ...commonFields(app, clusterName, headers),
      required_app_names: app.requiredApps,
    }),
  };
}
