import { releaseCommands } from "../base/argo-release";
import type { KubeReader } from "../clients/kubernetes";

/** An Argo CD Application that manages objects of the plane. */
export interface ManagingApplication {
  namespace: string;
  name: string;
  /** `Kind namespace/name` of each. */
  objects: string[];
  /** Commands that take it away and leave its objects. */
  release: string[];
}

interface Application {
  metadata: { name: string; namespace: string; finalizers?: string[] };
  status?: { resources?: { kind: string; namespace?: string; name: string }[] };
}

/** Applications that manage objects of a namespace, or the namespace itself. Empty without Argo CD. */
export async function managingApplications(
  kubernetes: KubeReader,
  namespace: string,
): Promise<ManagingApplication[]> {
  const items = await kubernetes.list<Application>("argoproj.io/v1alpha1", "Application");
  return items.flatMap(({ metadata, status }): ManagingApplication[] => {
    const own = (status?.resources ?? []).filter(
      (object) =>
        object.namespace === namespace ||
        (object.kind === "Namespace" && object.name === namespace),
    );
    if (own.length === 0) return [];
    return [
      {
        namespace: metadata.namespace,
        name: metadata.name,
        objects: own.map(({ kind, name }) => `${kind} ${name}`),
        release: releaseCommands({ metadata }),
      },
    ];
  });
}

/** Message about these Applications, with the commands that end their management without touching an object. */
export function managingText(found: readonly ManagingApplication[]): string {
  return found
    .map(({ namespace, name, objects, release }) =>
      [
        `Argo CD Application ${namespace}/${name} still manages ${objects.length} objects (${objects.slice(0, 4).join(", ")}${objects.length > 4 ? ", …" : ""}).`,
        "Two owners undo each other's changes. Take it away first; its objects stay:",
        ...release.map((command) => `  ${command}`),
      ].join("\n"),
    )
    .join("\n");
}
