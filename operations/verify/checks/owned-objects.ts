import { agentsOf } from "../../../inventory/agents";
import { vaultSecrets } from "../../../inventory/secrets";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { isPlane, type Context } from "../context";
import { CLUSTER_DEPLOYMENTS } from "../plane";
import { ownResources } from "./resources";

/** An object with the metadata that shows its owners. */
export interface OwnedObject {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager?: string }[];
  };
}

/** An object of the plane, by name. */
export interface PlaneObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** Empty for a cluster-scoped object. Default: the stack's namespace. */
  namespace?: string;
  /** Helm release of the object. Undefined if the program creates it. */
  release?: string;
}

/** Objects of the plane with names that others may use. */
function planeObjects({ settings }: Context): PlaneObject[] {
  const { vault, namespace } = settings;
  const places = agentsOf(settings).map((agent) => agent.namespace);
  return [
    ...(settings.kind === "plane" || places.includes(namespace.name)
      ? [{ apiVersion: "v1", kind: "Namespace", name: namespace.name, namespace: "" }]
      : []),
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
    ...agentsOf(settings).map(({ release, namespace: place }) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      name: release,
      namespace: place,
      release,
    })),
    ...(vault.delivery === "operator" && vaultSecrets(settings).length > 0
      ? [
          { apiVersion: "secrets.hashicorp.com/v1beta1", kind: "VaultAuth", name: namespace.name },
          ...vaultSecrets(settings).map(({ secretName, namespace: place }) => ({
            namespace: place,
            apiVersion: "secrets.hashicorp.com/v1beta1",
            kind: "VaultStaticSecret",
            name: secretName,
          })),
        ]
      : []),
  ];
}

/** An object of the plane in the cluster. */
export interface Existing {
  wanted: PlaneObject;
  found: OwnedObject;
}

const placeOf = (wanted: PlaneObject, own: string): string | undefined =>
  wanted.namespace === "" ? undefined : (wanted.namespace ?? own);

export async function existing(context: Context): Promise<Existing[]> {
  const namespace = context.settings.namespace.name;
  const resources = isPlane(context) ? await ownResources(context) : [];
  const all = await Promise.all(
    planeObjects(context).map(async (wanted) => ({
      wanted,
      found: await context.kubernetes.get<OwnedObject>(
        wanted.apiVersion,
        wanted.kind,
        wanted.name,
        placeOf(wanted, namespace),
      ),
    })),
  );
  return [
    ...all.flatMap(({ wanted, found }) => (found === undefined ? [] : [{ wanted, found }])),
    ...resources.map((found) => {
      const { apiVersion, kind, metadata } = found;
      return { wanted: { apiVersion, kind, name: metadata?.name ?? "" }, found };
    }),
  ];
}

/** Id of an object, or of its release, in Pulumi. */
export const idOf = (wanted: PlaneObject, own: string): string =>
  [placeOf(wanted, own), wanted.release ?? wanted.name]
    .filter((part) => part !== undefined)
    .join("/");

/** `Kind name`. */
export const title = ({ kind, name }: PlaneObject) => `${kind} ${name}`;
