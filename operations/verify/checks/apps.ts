import type * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { placeApps, type PlacedApp } from "../../../inventory/apps";
import { AGENT_LABEL } from "../../../teleport/apps/dynamic-app";
import { readApp } from "../../../teleport/apps/read-app";
import { refusal } from "../../../teleport/conditions";
import { apiVersion } from "../../../teleport/resources/kinds";
import { get, list, mapping, text } from "../../../teleport/values";
import { verdict, type Check } from "../check";
import type { AppsContext } from "../context";
import type { CustomObject } from "../../clients/custom-objects";
import { acceptance } from "./resources";

/** Checks of a catalogue of apps, which agents of another stack serve. */

const KIND = "TeleportAppV3";

interface AppObject extends CustomObject {
  spec?: Record<string, unknown>;
}

const namespaceOf = ({ settings }: AppsContext) => settings.namespace.name;

const appObjects = (context: AppsContext): Promise<AppObject[]> =>
  context.kubernetes.list<AppObject>(apiVersion(KIND), KIND, { namespace: namespaceOf(context) });

const releases = (placed: readonly PlacedApp[]): string[] => [
  ...new Set(placed.flatMap(({ release }) => release ?? [])),
];

/** What is wrong with an agent's pods. An agent in another cluster only has a token here. */
async function agentProblem(context: AppsContext, release: string): Promise<string | undefined> {
  const { kubernetes } = context;
  const found = (
    await Promise.all(
      ["StatefulSet", "Deployment"].map((kind) =>
        kubernetes.list<k8s.V1StatefulSet>("apps/v1", kind, {}),
      ),
    )
  )
    .flat()
    .filter(({ metadata }) => metadata?.name === release);
  if (found.length > 0) {
    const ready = found.some(({ status }) => (status?.readyReplicas ?? 0) > 0);
    return ready ? undefined : `agent ${release} has no pod that is ready`;
  }
  const tokens = await kubernetes.list<AppObject>(
    apiVersion("TeleportProvisionToken"),
    "TeleportProvisionToken",
    { namespace: namespaceOf(context) },
  );
  const elsewhere = tokens.some(({ spec }) =>
    list(get(spec, "kubernetes", "allow")).some((rule) =>
      text(mapping(rule)["service_account"]).endsWith(`:${release}`),
    ),
  );
  return elsewhere
    ? undefined
    : `there is no agent ${release}, and no token by which one in another cluster could join`;
}

/** Apps in the configuration of the plane's agents: release by name. */
async function configuredApps(context: AppsContext): Promise<Map<string, string>> {
  const maps = await context.kubernetes.list<k8s.V1ConfigMap>("v1", "ConfigMap", {
    namespace: namespaceOf(context),
  });
  return new Map(
    maps.flatMap(({ metadata, data }) =>
      list(get(parse(data?.["teleport.yaml"] ?? ""), "app_service", "apps")).map(
        (app): [string, string] => [text(mapping(app)["name"]), metadata?.name ?? ""],
      ),
    ),
  );
}

export const appChecks: Check<AppsContext>[] = [
  {
    id: "apps.agents",
    title: "Agents that serve the apps",
    before: true,
    expected: "every release that apps.agents or an app names runs, or may join from elsewhere",
    remedy: "correct the name, or deploy the agent in the plane's stack first",
    async run(context) {
      const all = releases(placeApps(context.settings));
      const problems = await Promise.all(all.map((release) => agentProblem(context, release)));
      return verdict(problems, all.join(", "));
    },
  },
  {
    id: "apps.names",
    title: "Names of the apps",
    before: true,
    expected:
      "no agent's configuration has an app of the same name, and no other app the same host",
    remedy: "rename one of the two",
    async run(context) {
      const placed = placeApps(context.settings);
      const configured = await configuredApps(context);
      const objects = await appObjects(context);
      const problems = placed.flatMap(({ app }) => {
        const release = configured.get(app.name);
        const twin = objects.find(
          ({ metadata, spec }) =>
            app.publicAddress !== undefined &&
            metadata?.name !== app.name &&
            readApp(metadata?.name ?? "", { spec }).publicAddress === app.publicAddress,
        );
        return [
          ...(release === undefined ? [] : [`agent ${release} serves ${app.name} already`]),
          ...(twin === undefined
            ? []
            : [`${twin.metadata?.name ?? ""} has ${app.publicAddress ?? ""}, as ${app.name}`]),
        ];
      });
      return verdict(problems, `${placed.length} of their own`);
    },
  },
  {
    id: "apps.registered",
    title: "Apps registered",
    expected:
      "a TeleportAppV3 for each app, accepted by the operator, for the agent that serves it",
    remedy: acceptance(true, true),
    async run(context) {
      const placed = placeApps(context.settings);
      const objects = new Map(
        (await appObjects(context)).map((object) => [object.metadata?.name, object]),
      );
      const refusals = placed.flatMap(({ app }) => {
        const object = objects.get(app.name);
        const problem = object && refusal(object.status);
        return problem === undefined ? [] : [`${app.name}: ${problem}`];
      });
      const wrong = placed.flatMap(({ app, release }) => {
        const object = objects.get(app.name);
        if (object === undefined) return [`there is no ${KIND} ${app.name}`];
        const served = object.metadata?.labels?.[AGENT_LABEL];
        return served === release
          ? []
          : [`${app.name} is for agent ${served ?? "none"}, must be ${release ?? "none"}`];
      });
      return verdict([...wrong, ...refusals], `${placed.length} accepted`, {
        remedy: acceptance(wrong.length > 0, refusals.length > 0),
      });
    },
  },
];
