/** What is read of an Argo CD Application. */
export interface ArgoApplication {
  metadata?: { name?: string; namespace?: string; finalizers?: string[] };
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

/** True if Argo CD deletes an Application's objects with it, also after `--cascade=orphan`. */
const cascades = ({ metadata }: ArgoApplication): boolean =>
  (metadata?.finalizers ?? []).some((finalizer) => finalizer.startsWith(FINALIZER));

/** Commands that take an Application away and leave its objects, in order. */
export function releaseCommands(application: ArgoApplication): string[] {
  const { name = "", namespace = "" } = application.metadata ?? {};
  const resource = `applications.argoproj.io ${name}`;
  return [
    `kubectl -n ${namespace} patch ${resource} --type merge -p '{"spec":{"syncPolicy":null}}'`,
    ...(cascades(application)
      ? [
          `kubectl -n ${namespace} patch ${resource} --type json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`,
        ]
      : []),
    `kubectl -n ${namespace} delete ${resource} --cascade=orphan`,
  ];
}
