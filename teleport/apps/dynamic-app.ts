import type { Specs } from "../resources/shape";
import type { App } from "./app";
import { commonFields, withoutEmpty } from "./app-fields";

/** Label of a dynamic app: the release whose agents serve it. */
export const AGENT_LABEL = "access-plane/agent";

/** Chart value `appResources` of a release: it serves the dynamic apps with its label. */
export function appMatchers(pool: string): { labels: Record<string, string> }[] {
  return [{ labels: { [AGENT_LABEL]: pool } }];
}

/** A TeleportAppV3. Source: Teleport operator reference. */
export interface AppObject {
  /** Labels of the object, which become the app's labels in Teleport. */
  labels: Record<string, string>;
  description?: string;
  spec: Specs["TeleportAppV3"];
}

/** One app as a TeleportAppV3. `pool` is the release that serves it. Throws if a header is secret. */
export function dynamicApp(app: App, clusterName: string, pool: string): AppObject {
  const headers = app.rewrite.headers.map((header) => {
    if (!("secret" in header)) return { name: header.name, value: header.value };
    // Rules of settings refuse this before.
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
