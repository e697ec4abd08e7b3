import { provisionTokens } from "../../../inventory/agents";
import type { PlaneSettings } from "../../../settings/schema";
import { refusal } from "../../../teleport/conditions";
import { deletionFault } from "../../../teleport/deletion";
import { COLLECTIONS, kindOf, type TeleportKind } from "../../../teleport/resources/kinds";
import { failed, ok, verdict, type Check, type CheckOutcome } from "../check";
import type { PlaneContext } from "../context";
import type { CustomObject } from "../../clients/custom-objects";
import { operatorRuns, teleportObjects } from "../operator";
import { REFRESH, UP } from "../remedy";

/** Time for the operator to remove a resource from Teleport. */
const DELETION_MS = 60_000;

const title = ({ kind, metadata }: CustomObject) => `${kind} ${metadata?.name ?? ""}`;

/** The operator's refusal of an object. Undefined if it accepts it. */
function refused(object: CustomObject): string | undefined {
  const problem = refusal(object.status);
  return problem && `${title(object)}: ${problem}`;
}

/** Remedy for missing and refused custom resources. A refused one exists, so an update changes nothing. */
export const acceptance = (isMissing: boolean, isRefused: boolean): string =>
  [
    ...(isMissing ? [`${REFRESH} makes what is missing`] : []),
    ...(isRefused
      ? [
          "correct what Teleport refuses, whose reason follows the condition " +
            `(\`kubectl logs -n NAMESPACE deploy/teleport-operator\` has more), then ${UP}`,
        ]
      : []),
  ].join("; ");

async function allAccepted(
  context: PlaneContext,
  names: readonly string[],
  kind: RegExp,
  what: string,
): Promise<CheckOutcome> {
  const objects = await teleportObjects(context.kubernetes, context.settings.namespace.name);
  const found = names.map((name) =>
    objects.find((candidate) => kind.test(candidate.kind) && candidate.metadata?.name === name),
  );
  const refusals = found.map((object) => object && refused(object));
  const problems = names.map((name, at) =>
    found[at] === undefined ? `there is no ${what} ${name}` : refusals[at],
  );
  return verdict(problems, names.join(", "), {
    remedy: acceptance(
      found.includes(undefined),
      refusals.some((one) => one !== undefined),
    ),
  });
}

const TOKEN = /^TeleportProvisionToken$/;
const ROLE = /^TeleportRole/;

const rolesOf = ({ resources }: PlaneSettings): string[] => [
  ...new Set<string>([...resources.presets, ...Object.keys(resources.roles)]),
];

/** Declared resources other than roles. */
function declared({ resources }: PlaneSettings): { kind: TeleportKind; name: string }[] {
  return COLLECTIONS.filter((collection) => collection !== "roles").flatMap((collection) =>
    Object.keys(resources[collection]).map((name) => ({ kind: kindOf(collection), name })),
  );
}

/** True for objects with their own check. */
const isNamed = ({ settings }: PlaneContext, { kind, metadata }: CustomObject): boolean =>
  (ROLE.test(kind) && rolesOf(settings).includes(metadata?.name ?? "")) ||
  (TOKEN.test(kind) && provisionTokens(settings).includes(metadata?.name ?? ""));

/** Existing custom resources with a name from the settings. */
export async function ownResources(context: PlaneContext): Promise<CustomObject[]> {
  const others = declared(context.settings);
  return (await teleportObjects(context.kubernetes, context.settings.namespace.name)).filter(
    (object) =>
      isNamed(context, object) ||
      others.some(({ kind, name }) => object.kind === kind && object.metadata?.name === name),
  );
}

export const resourceChecks: Check[] = [
  {
    id: "resources.token",
    title: "Agents' tokens",
    expected: "a provision token for each agent, accepted by the operator",
    remedy: acceptance(true, true),
    applies: (settings) => provisionTokens(settings).length > 0,
    run: (context) =>
      allAccepted(context, provisionTokens(context.settings), TOKEN, "provision token"),
  },
  {
    id: "resources.role",
    title: "Roles",
    expected: "every role of the settings, kube-admin among them by default, accepted",
    remedy: acceptance(true, true),
    applies: (settings) => rolesOf(settings).length > 0,
    run: (context) => allAccepted(context, rolesOf(context.settings), ROLE, "role"),
  },
  {
    id: "resources.reconciled",
    title: "Other custom resources accepted",
    expected: "what else the settings declare is there; every other custom resource is accepted",
    remedy: acceptance(true, true),
    async run(context) {
      const all = await teleportObjects(context.kubernetes, context.settings.namespace.name);
      const missing = declared(context.settings).filter(
        ({ kind, name }) =>
          !all.some((object) => object.kind === kind && object.metadata?.name === name),
      );
      const objects = all.filter(
        (object) =>
          !isNamed(context, object) &&
          object.metadata?.deletionTimestamp === undefined &&
          object.metadata?.annotations?.["teleport.dev/ignore"] !== "true",
      );
      const refusals = objects.flatMap((object) => refused(object) ?? []);
      return verdict(
        [...missing.map(({ kind, name }) => `there is no ${kind} ${name}`), ...refusals],
        `${objects.length} besides roles and agents' tokens`,
        { remedy: acceptance(missing.length > 0, refusals.length > 0) },
      );
    },
  },
  {
    id: "resources.deletion",
    title: "None stuck in deletion",
    expected: "no custom resource has waited for its removal for more than a minute",
    remedy:
      "bring the operator back rather than removing the finalizer: " +
      "`kubectl scale deployment teleport-operator --replicas 1 -n NAMESPACE`; a role that a user holds goes " +
      "after the user",
    async run(context) {
      const now = context.now().getTime();
      const objects = await teleportObjects(context.kubernetes, context.settings.namespace.name);
      const stuck = objects.filter(({ metadata }) => {
        const since = metadata?.deletionTimestamp;
        return since !== undefined && now - new Date(since).getTime() > DELETION_MS;
      });
      if (stuck.length === 0) return ok(`${objects.length} custom resources`);
      const runs = await operatorRuns(context.kubernetes, context.settings.namespace.name);
      return failed(stuck.map((object) => deletionFault(object, runs)).join("; "));
    },
  },
];
