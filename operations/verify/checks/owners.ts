import { releaseCommands, type ArgoApplication } from "../../base/argo-release";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { TELEPORT_GROUP } from "../../../teleport/resources/kinds";
import { failed, skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
import { isPlane, type Context } from "../context";
import { exposed } from "./aws";
import {
  existing,
  idOf,
  title,
  type Existing,
  type OwnedObject,
  type PlaneObject,
} from "./owned-objects";

const ADOPT = "`bin/access-plane adopt --stack STACK`";
const ELSEWHERE =
  "where Argo CD runs in another cluster, delete the Application there without cascade (docs/adoption.md); ";

/** How kubectl names an object of the plane: `kind name -n namespace`. */
const inKubectl = (wanted: PlaneObject, own: string): string => {
  const namespace = wanted.namespace ?? own;
  const where = namespace === "" ? "" : ` -n ${namespace}`;
  return `${wanted.kind.toLowerCase()} ${wanted.name}${where}`;
};

/** Commands that take Argo CD's marks off an object. */
function unmark({ wanted, found }: Existing, own: string): string[] {
  const { annotations = {}, labels = {} } = found.metadata ?? {};
  const object = inKubectl(wanted, own);
  return [
    ...(TRACKING in annotations ? [`\`kubectl annotate ${object} ${TRACKING}-\``] : []),
    ...(INSTANCE in labels ? [`\`kubectl label ${object} ${INSTANCE}-\``] : []),
  ];
}

const TRACKING = "argocd.argoproj.io/tracking-id";
const INSTANCE = "argocd.argoproj.io/instance";

/** Name of the Argo CD Application, from its annotation or label. */
function argoOwner({ metadata }: OwnedObject): string | undefined {
  const tracking = metadata?.annotations?.[TRACKING];
  return tracking?.split(":")[0] ?? metadata?.labels?.[INSTANCE];
}

interface Application extends ArgoApplication {
  status?: { resources?: { kind?: string; name?: string; namespace?: string }[] };
}

/** Objects that Argo CD manages, and objects with its mark but without an Application in this cluster. */
async function argoOwned(
  context: Context,
): Promise<{ owned: string[]; owners: Application[]; marked: Existing[] }> {
  const own = context.settings.namespace.name;
  const [applications, objects] = await Promise.all([
    context.kubernetes.list<Application>("argoproj.io/v1alpha1", "Application"),
    existing(context),
  ]);
  const owned: string[] = [];
  const owners: Application[] = [];
  const told = new Set<PlaneObject>();
  for (const one of applications) {
    const { metadata, status } = one;
    const theirs = objects.filter(
      ({ wanted, found }) =>
        argoOwner(found) === metadata?.name ||
        status?.resources?.some(
          ({ kind, name, namespace }) =>
            kind === wanted.kind &&
            name === wanted.name &&
            (wanted.namespace === "" || (namespace ?? own) === (wanted.namespace ?? own)),
        ),
    );
    for (const { wanted } of theirs) told.add(wanted);
    const application = `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
    const names = theirs.map(({ wanted }) => title(wanted)).join(", ");
    if (names === "") continue;
    owned.push(`Application ${application} owns ${names}`);
    owners.push(one);
  }
  const marked = objects.filter(
    ({ wanted, found }) => argoOwner(found) !== undefined && !told.has(wanted),
  );
  return { owned, owners, marked };
}

/** The Application may be in another cluster, unless this stack has adopted the object since. */
async function argoFinding(context: Context): Promise<CheckOutcome> {
  const { owned, owners, marked } = await argoOwned(context);
  const own = context.settings.namespace.name;
  const ids = new Set(((await context.stack?.resources()) ?? []).map(({ id }) => id));
  const text = ({ wanted, found }: Existing) =>
    `${title(wanted)} is marked as that of Application ${argoOwner(found) ?? ""}`;
  const stale = marked.filter(({ wanted }) => ids.has(idOf(wanted, own)));
  const open = marked.filter((object) => !stale.includes(object));
  if (owned.length + open.length > 0 || stale.length === 0) {
    const commands = owners.flatMap(releaseCommands).map((command) => `\`${command}\`, `);
    return verdict([...owned, ...open.map(text)], "no Application owns any of it", {
      remedy: `${commands.join("") || ELSEWHERE}then take the plane over with ${ADOPT}`,
    });
  }
  return warning(`${stale.map(text).join("; ")}, which is not in this cluster`, {
    remedy: `${ELSEWHERE}then take the mark off: ${stale.flatMap((object) => unmark(object, own)).join(", ")}`,
  });
}

const RELEASE = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";

/** Problem of an object that does not belong to the plane's Helm release. */
function helmProblem({ wanted, found }: Existing, namespace: string): string | undefined {
  const { annotations = {}, labels = {} } = found.metadata ?? {};
  const { [RELEASE]: release, [RELEASE_NAMESPACE]: where } = annotations;
  if (wanted.release === undefined) {
    return release === undefined
      ? undefined
      : `${title(wanted)} belongs to Helm release ${release}`;
  }
  if (release === wanted.release && where === namespace) return undefined;
  return release === undefined
    ? `${title(wanted)} was made without Helm (managed by ${labels["app.kubernetes.io/managed-by"] ?? "nobody known"}), which the release would refuse`
    : `${title(wanted)} belongs to Helm release ${where ?? ""}/${release}`;
}

/** The operator's definitions, if the release of another namespace owns them. Helm refuses to share them. */
async function othersDefinitions(
  context: Context,
): Promise<{ owner: string; where: string; names: string[] } | undefined> {
  if (!isPlane(context)) return undefined;
  const all = await context.kubernetes.list<OwnedObject>(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
  );
  const names: string[] = [];
  let owner: { owner: string; where: string } | undefined;
  for (const { metadata: { name = "", annotations = {} } = {} } of all) {
    const { [RELEASE]: release, [RELEASE_NAMESPACE]: where } = annotations;
    const isOthers = where !== undefined && where !== context.settings.namespace.name;
    if (!name.endsWith(`.${TELEPORT_GROUP}`) || !isOthers) continue;
    names.push(name);
    owner ??= { owner: `${where}/${release ?? ""}`, where };
  }
  return owner && { ...owner, names };
}

/** Remedy for {@link othersDefinitions}. */
const onePlane = (where: string, names: readonly string[]): string =>
  "a cluster holds one plane. If that one still runs, deploy this one into another cluster, or take that one over: set " +
  `namespace.name to ${where}, then ${ADOPT}. If it is gone, the definitions become this plane's: ` +
  `\`kubectl annotate --overwrite crd ${names.join(" ")} ${RELEASE}=${CLUSTER_RELEASE} ${RELEASE_NAMESPACE}=NAMESPACE\``;

/** Commands that take objects out of another Helm release. Those made without Helm need a release first. */
function releaseByHelm(foreign: readonly Existing[], own: string): string {
  const theirs = foreign.flatMap(({ wanted, found }) => {
    const { [RELEASE]: release, [RELEASE_NAMESPACE]: where = own } =
      found.metadata?.annotations ?? {};
    return release === undefined ? [] : [{ object: inKubectl(wanted, own), release, where }];
  });
  const keep = theirs.map(
    ({ object }) => `\`kubectl annotate ${object} helm.sh/resource-policy=keep\`, `,
  );
  const uninstall = theirs.map(
    ({ release, where }) => `\`helm uninstall ${release} -n ${where}\`, `,
  );
  const text = `${keep.join("")}${[...new Set(uninstall)].join("")}then take them over with ${ADOPT}`;
  return theirs.length === foreign.length
    ? text
    : `${text}; what was made without Helm becomes a release first (docs/adoption.md: one owner)`;
}

/** Objects and a load balancer that exist but are not in this stack's state. */
async function stackProblems(context: Context): Promise<string[]> {
  const { settings, stack } = context;
  const resources = (await stack?.resources()) ?? [];
  const ids = new Set(resources.map(({ id }) => id));
  const namespace = settings.namespace.name;
  const foreign = (await existing(context)).filter(
    ({ wanted, found }) =>
      !ids.has(idOf(wanted, namespace)) &&
      // Helm manages a chart's objects. Pulumi marks objects that it applies itself.
      found.metadata?.managedFields?.some(
        ({ manager = "" }) =>
          manager.startsWith("pulumi-kubernetes") ||
          (wanted.release !== undefined && manager === "helm"),
      ) === true,
  );
  const problems = foreign.map(({ wanted }) => `${title(wanted)} is not in this stack's state`);
  if (!isPlane(context) || context.settings.loadBalancer === undefined) return problems;
  const { aws, loadBalancer } = exposed(context);
  const arn = (await aws.loadBalancer(loadBalancer.name))?.LoadBalancerArn;
  return arn === undefined || ids.has(arn)
    ? problems
    : [...problems, `load balancer ${loadBalancer.name} is not in this stack's state`];
}

export const ownerChecks: Check<Context>[] = [
  {
    id: "owner.argocd",
    title: "Not Argo CD's",
    before: true,
    expected: "no Argo CD Application manages objects of the plane",
    remedy: `take the Application away and leave its objects, as docs/adoption.md says; then take the plane over with ${ADOPT}`,
    needs: ["kubernetes.reachable"],
    run: argoFinding,
  },
  {
    id: "owner.helm",
    title: "Not another Helm release's",
    before: true,
    expected: "objects of the plane's names belong to the plane's own releases, or do not exist",
    remedy: `\`kubectl annotate KIND NAME -n NAMESPACE helm.sh/resource-policy=keep\` on its objects, \`helm uninstall RELEASE -n NAMESPACE\`, then take them over with ${ADOPT} (docs/adoption.md)`,
    needs: ["kubernetes.reachable"],
    async run(context) {
      const [objects, others] = await Promise.all([existing(context), othersDefinitions(context)]);
      const namespace = context.settings.namespace.name;
      if (others !== undefined) {
        const { owner, where, names } = others;
        return failed(`the Teleport operator's definitions belong to Helm release ${owner}`, {
          remedy: onePlane(where, names),
        });
      }
      const problems = objects.map((object) =>
        helmProblem(object, object.wanted.namespace ?? namespace),
      );
      const foreign = objects.filter((_, at) => problems[at] !== undefined);
      return verdict(problems, `${objects.length} objects exist`, {
        remedy: releaseByHelm(foreign, namespace),
      });
    },
  },
  {
    id: "owner.stack",
    title: "Not another stack's",
    before: true,
    expected: "what Pulumi has made under the plane's names is in this stack's state",
    remedy:
      "deploy from the stack that made it, or let that one forget it and take it over with `bin/access-plane adopt --stack STACK`",
    needs: ["kubernetes.reachable", "owner.helm"],
    timeoutSeconds: 60,
    async run(context) {
      if (context.stack === undefined) return skipped("only the settings are known, not the stack");
      return verdict(await stackProblems(context), `stack ${context.stack.name} owns what exists`);
    },
  },
];
