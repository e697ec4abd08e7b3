import { CLUSTER_RELEASE } from "../../../teleport/names";
import { ok, skipped, verdict, type Check } from "../check";
import { isPlane, type Context } from "../context";
import { agentsOf, CLUSTER_DEPLOYMENTS, secretsOf } from "../plane";
import { exposed } from "./aws";

interface OwnedObject {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager?: string }[];
  };
}

/** An object of the plane, by the name the program gives it. */
export interface PlaneObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** Default: the stack's. */
  namespace?: string;
  /** Helm release that makes it; undefined where the program does. */
  release?: string;
}

/** Objects of the plane whose names others might have taken. */
export function planeObjects({ settings }: Context): PlaneObject[] {
  const { vault, namespace } = settings;
  return [
    ...(settings.kind === "plane"
      ? [
          { apiVersion: "v1", kind: "Service", name: CLUSTER_RELEASE, release: CLUSTER_RELEASE },
          ...CLUSTER_DEPLOYMENTS.map((name) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            name,
            release: CLUSTER_RELEASE,
          })),
          {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            name: settings.certificate.secretName,
          },
        ]
      : []),
    ...agentsOf(settings).map(({ releaseName, namespace: place }) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      name: releaseName,
      namespace: place,
      release: releaseName,
    })),
    ...(vault.delivery === "operator" && secretsOf(settings).length > 0
      ? [
          { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultAuth", name: namespace.name },
          ...secretsOf(settings).map(({ secretName, namespace: place, engine }) => ({
            namespace: place,
            apiVersion: "secrets.hashicorp.com/v1beta1",
            kind: engine === "kv" ? "VaultStaticSecret" : "VaultDynamicSecret",
            name: secretName,
          })),
        ]
      : []),
  ];
}

/** The objects of the plane that exist. */
async function existing(context: Context): Promise<{ wanted: PlaneObject; found: OwnedObject }[]> {
  const namespace = context.settings.namespace.name;
  const all = await Promise.all(
    planeObjects(context).map(async (wanted) => ({
      wanted,
      found: await context.kubernetes.get<OwnedObject>(
        wanted.apiVersion,
        wanted.kind,
        wanted.name,
        wanted.namespace ?? namespace,
      ),
    })),
  );
  return all.flatMap(({ wanted, found }) => (found === undefined ? [] : [{ wanted, found }]));
}

const title = ({ kind, name }: PlaneObject) => `${kind} ${name}`;

/** Argo CD's marks on what it applies: by annotation, or by its own label. */
function argoOwner({ metadata }: OwnedObject): string | undefined {
  const tracking = metadata?.annotations?.["argocd.argoproj.io/tracking-id"];
  return tracking?.split(":")[0] ?? metadata?.labels?.["argocd.argoproj.io/instance"];
}

interface Application {
  metadata?: { name?: string; namespace?: string };
  status?: { resources?: { kind?: string; name?: string; namespace?: string }[] };
}

/** What Argo CD manages of the plane, as `Application owns object`. */
async function argoProblems(context: Context): Promise<string[]> {
  const namespace = context.settings.namespace.name;
  const [applications, objects] = await Promise.all([
    context.kubernetes.list<Application>("argoproj.io/v1alpha1", "Application"),
    existing(context),
  ]);
  const listed = applications.flatMap(({ metadata, status }) => {
    const own = planeObjects(context).filter((wanted) =>
      status?.resources?.some(
        ({ kind, name, namespace: where }) =>
          kind === wanted.kind &&
          name === wanted.name &&
          (where ?? namespace) === (wanted.namespace ?? namespace),
      ),
    );
    const application = `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
    return own.length === 0 ? [] : [`Application ${application} owns ${own.map(title).join(", ")}`];
  });
  const marked = objects.flatMap(({ wanted, found }) => {
    const owner = argoOwner(found);
    const told = applications.some(({ metadata }) => metadata?.name === owner);
    return owner === undefined || (told && listed.length > 0)
      ? []
      : [`${title(wanted)} is marked as that of Application ${owner}`];
  });
  return [...listed, ...marked];
}

/** Whose Helm release an object says it is, when it is not the plane's. */
function helmProblem(
  { wanted, found }: { wanted: PlaneObject; found: OwnedObject },
  namespace: string,
): string | undefined {
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

/** Objects that Pulumi made, but not this stack; and a load balancer that this stack has not made. */
async function stackProblems(context: Context): Promise<string[]> {
  const { settings, stack } = context;
  const resources = (await stack?.resources()) ?? [];
  const ids = new Set(resources.map(({ id }) => id));
  const namespace = settings.namespace.name;
  const foreign = (await existing(context)).filter(
    ({ wanted, found }) =>
      !ids.has(`${wanted.namespace ?? namespace}/${wanted.release ?? wanted.name}`) &&
      // A chart's objects are Helm's; what Pulumi applies itself carries its mark.
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
    phase: "before",
    expected: "no Argo CD Application manages objects of the plane",
    remedy:
      "take the plane over with `access-plane adopt`, or delete the Application without cascade",
    needs: ["kubernetes.reachable"],
    async run(context) {
      return verdict(await argoProblems(context), "no Application owns any of it");
    },
  },
  {
    id: "owner.helm",
    title: "Not another Helm release's",
    phase: "before",
    expected: "objects of the plane's names belong to the plane's own releases, or do not exist",
    remedy: "uninstall the other release, or take it over with `access-plane adopt`",
    needs: ["kubernetes.reachable"],
    async run(context) {
      const objects = await existing(context);
      const namespace = context.settings.namespace.name;
      const problems = objects.map((object) =>
        helmProblem(object, object.wanted.namespace ?? namespace),
      );
      return verdict(
        problems.filter((problem) => problem !== undefined),
        `${objects.length} objects exist`,
      );
    },
  },
  {
    id: "owner.stack",
    title: "Not another stack's",
    phase: "before",
    expected: "what Pulumi has made under the plane's names is in this stack's state",
    remedy:
      "deploy from the stack that made it, or bring its objects into this one (`access-plane adopt`)",
    needs: ["kubernetes.reachable", "owner.helm"],
    timeoutSeconds: 60,
    async run(context) {
      if (context.stack === undefined) return skipped("only the settings are known, not the stack");
      const problems = await stackProblems(context);
      return problems.length === 0
        ? ok(`stack ${context.stack.name} owns what exists`)
        : verdict(problems, "");
    },
  },
];
