import { skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
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

/** Name of the Argo CD Application, from its annotation or label. */
function argoOwner({ metadata }: OwnedObject): string | undefined {
  const tracking = metadata?.annotations?.["argocd.argoproj.io/tracking-id"];
  return tracking?.split(":")[0] ?? metadata?.labels?.["argocd.argoproj.io/instance"];
}

interface Application {
  metadata?: { name?: string; namespace?: string };
  status?: { resources?: { kind?: string; name?: string; namespace?: string }[] };
}

/** Objects that Argo CD manages, and objects with its mark but without an Application in this cluster. */
async function argoOwned(context: Context): Promise<{ owned: string[]; marked: Existing[] }> {
  const own = context.settings.namespace.name;
  const [applications, objects] = await Promise.all([
    context.kubernetes.list<Application>("argoproj.io/v1alpha1", "Application"),
    existing(context),
  ]);
  const owned: string[] = [];
  const told = new Set<PlaneObject>();
  for (const { metadata, status } of applications) {
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
    if (names !== "") owned.push(`Application ${application} owns ${names}`);
  }
  const marked = objects.filter(
    ({ wanted, found }) => argoOwner(found) !== undefined && !told.has(wanted),
  );
  return { owned, marked };
}

/** The Application may be in another cluster, unless this stack has adopted the object since. */
async function argoFinding(context: Context): Promise<CheckOutcome> {
  const { owned, marked } = await argoOwned(context);
  const own = context.settings.namespace.name;
  const ids = new Set(((await context.stack?.resources()) ?? []).map(({ id }) => id));
  const text = ({ wanted, found }: Existing) =>
    `${title(wanted)} is marked as that of Application ${argoOwner(found) ?? ""}`;
  const stale = marked.filter(({ wanted }) => ids.has(idOf(wanted, own)));
  const open = marked.filter((object) => !stale.includes(object));
  if (owned.length + open.length > 0 || stale.length === 0) {
    return verdict([...owned, ...open.map(text)], "no Application owns any of it");
  }
  return warning(`${stale.map(text).join("; ")}, which is not in this cluster`, {
    remedy:
      "where Argo CD runs in another cluster, delete the Application there without cascade; then " +
      "take the mark off: `kubectl annotate KIND NAME -n NAMESPACE argocd.argoproj.io/tracking-id-`, or " +
      "`kubectl label KIND NAME -n NAMESPACE argocd.argoproj.io/instance-`",
  });
}

/** Problem of an object that does not belong to the plane's Helm release. */
function helmProblem({ wanted, found }: Existing, namespace: string): string | undefined {
  const { annotations = {}, labels = {} } = found.metadata ?? {};
  const release = annotations["meta.helm.sh/release-name"];
  const where = annotations["meta.helm.sh/release-namespace"];
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
    remedy:
      "`kubectl delete applications.argoproj.io NAME -n argocd --cascade=orphan`, then take the plane over with `bin/access-plane adopt --stack STACK`",
    needs: ["kubernetes.reachable"],
    run: argoFinding,
  },
  {
    id: "owner.helm",
    title: "Not another Helm release's",
    before: true,
    expected: "objects of the plane's names belong to the plane's own releases, or do not exist",
    remedy:
      "`kubectl annotate KIND NAME -n NAMESPACE helm.sh/resource-policy=keep` on its objects, then uninstall that " +
      "release; take them over as docs/adoption.md says",
    needs: ["kubernetes.reachable"],
    async run(context) {
      const objects = await existing(context);
      const namespace = context.settings.namespace.name;
      const problems = objects.map((object) =>
        helmProblem(object, object.wanted.namespace ?? namespace),
      );
      return verdict(problems, `${objects.length} objects exist`);
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
