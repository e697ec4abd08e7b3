import { isMap, plain, type Props } from "../../framework.ts";
import type { Settings } from "../settings.ts";
import { str } from "../objects.ts";
import { withChart } from "./chart.ts";
import { DEFAULT_TIMEOUT_S } from "./inputs.ts";
import { helm } from "./helm.ts";

type Flags = readonly (readonly [string, boolean])[];
const chosen = (flags: Flags): string[] => flags.flatMap(([flag, on]) => (on ? [flag] : []));

/** Flags that install and upgrade share. */
function commonFlags(inputs: Props): string[] {
  const on = (key: string): boolean => inputs[key] === true;
  const wait = !on("skipAwait");
  const timeout = Number(inputs["timeout"] ?? 0) || DEFAULT_TIMEOUT_S;
  return [
    "--timeout",
    `${timeout}s`,
    ...chosen([
      ["--wait", wait],
      ["--wait-for-jobs", wait && on("waitForJobs")],
      ["--atomic", on("atomic")],
      ["--skip-crds", on("skipCrds")],
      ["--render-subchart-notes", on("renderSubchartNotes")],
      ["--dependency-update", on("dependencyUpdate")],
      ["--disable-openapi-validation", on("disableOpenapiValidation")],
    ]),
    ...(inputs["description"] ? ["--description", str(inputs["description"])] : []),
    ...(inputs["postrender"] ? ["--post-renderer", str(inputs["postrender"])] : []),
  ];
}

function installFlags(inputs: Props): string[] {
  const on = (key: string): boolean => inputs[key] === true;
  return chosen([
    ["--create-namespace", on("createNamespace")],
    ["--no-hooks", on("disableWebhooks")],
    ["--replace", on("replace")],
  ]);
}

function upgradeFlags(inputs: Props): string[] {
  const on = (key: string): boolean => inputs[key] === true;
  return [
    "--history-max",
    String(Number(inputs["maxHistory"] ?? 0)),
    ...chosen([
      ["--no-hooks", on("disableCRDHooks") || on("disableWebhooks")],
      ["--force", on("forceUpdate")],
      ["--reset-values", on("resetValues")],
      ["--reuse-values", on("reuseValues")],
      ["--cleanup-on-fail", on("cleanupOnFail")],
    ]),
  ];
}

/** `helm install`, `upgrade` or `template`; the values travel by standard input. */
export async function runChart(
  action: "install" | "upgrade" | "template" | "lint",
  inputs: Props,
  settings: Settings,
  signal: AbortSignal,
): Promise<string> {
  const bare = plain(inputs);
  const name = str(bare["name"]);
  const values = JSON.stringify(isMap(bare["values"]) ? bare["values"] : {});
  return withChart(bare, settings, signal, (source) => {
    const flags =
      action === "template" || action === "lint"
        ? []
        : [
            ...commonFlags(bare),
            ...(action === "install" ? installFlags(bare) : upgradeFlags(bare)),
          ];
    const target = action === "lint" ? [source.reference] : [name, source.reference];
    const location = action === "lint" ? [] : source.args;
    return helm([action, ...target, ...location, ...flags, "--values", "-"], {
      settings,
      namespace: str(bare["namespace"]),
      input: values,
      environment: source.environment,
      signal,
    });
  });
}

/** `helm uninstall`; a release that is already gone is fine. */
export async function uninstall(
  release: Props,
  settings: Settings,
  signal: AbortSignal,
): Promise<string> {
  const wait = release["atomic"] === true || release["skipAwait"] !== true;
  const timeout = Number(release["timeout"] ?? 0) || DEFAULT_TIMEOUT_S;
  return helm(
    [
      "uninstall",
      str(release["name"]),
      "--ignore-not-found",
      ...(wait ? ["--wait", "--timeout", `${timeout}s`] : []),
    ],
    { settings, namespace: str(release["namespace"]), signal },
  );
}
