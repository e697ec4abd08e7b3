import { headerLine } from "../headers/header";
import type { App } from "./app";
import { commonFields, withoutEmpty } from "./app-fields";

/** One app as an entry of `app_service.apps[]`. Source: Teleport's application-access reference. */
export function staticApp(app: App, clusterName: string): Record<string, unknown> {
  const headers = app.rewrite.headers.map((header) => headerLine(app.name, header));
  return withoutEmpty({
    name: app.name,
    ...commonFields(app, clusterName, headers),
    description: app.description,
    labels: app.labels,
    commands: app.commands,
    required_apps: app.requiredApps,
  });
}
