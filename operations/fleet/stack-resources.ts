import { CommandError } from "../base/exit-codes";
import type { OrderedStack } from "../deploy/stack-order";

/** Source of the program and its credentials for the operator. */
export interface FleetOptions {
  /** Namespace of the Stack resources and of their Secrets. */
  namespace: string;
  /** Git repository with this program and its stack files. */
  repo: string;
  /** Branch or tag, or a fixed commit. */
  branch?: string;
  commit?: string;
  /** Folder in the repository with Pulumi.yaml. Default: its root. */
  repoDir?: string;
  /** State backend, as in `pulumi login`. Default: Pulumi Cloud. */
  backend?: string;
  /** Secrets provider, as in `pulumi stack init`. Default: the backend's. */
  secretsProvider?: string;
  /** Service account of the workspace pods. */
  serviceAccount: string;
  /** First part of a stack's full name. Backends other than Pulumi Cloud have only `organization`. */
  organization: string;
  project: string;
  /** Environment variables. Each is a key with the same name in a Secret. */
  env: Readonly<Record<string, { secret: string }>>;
  /** Secret with a Git access token under the key `accessToken`. Default: a public repository. */
  gitSecret?: string;
  /** Seconds between runs without a new commit. Default: only new commits start a run. */
  resyncSeconds?: number;
}

/** A `Stack` of the Pulumi Kubernetes Operator. */
export interface StackResource {
  apiVersion: "pulumi.com/v1";
  kind: "Stack";
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

const objectName = (project: string, stack: string) =>
  `${project}-${stack}`
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");

const fromSecret = (name: string, key: string) => ({ type: "Secret", secret: { name, key } });

/**
 * One `Stack` resource per stack. A stack waits for its dependencies. Contains only names of Secrets.
 * Throws if two stacks result in the same object name.
 */
export function stackResources(
  stacks: readonly OrderedStack[],
  options: FleetOptions,
): StackResource[] {
  const names = new Map<string, string>();
  for (const { name } of stacks) {
    const object = objectName(options.project, name);
    const other = names.get(object);
    if (other !== undefined) {
      throw new CommandError(
        "USAGE",
        `stacks ${other} and ${name} would both be called ${object}.`,
      );
    }
    names.set(object, name);
  }
  const { namespace, organization, project, env, gitSecret, resyncSeconds } = options;
  const { branch, commit, repoDir, backend, secretsProvider } = options;
  return stacks.map(({ name, needs }) => ({
    apiVersion: "pulumi.com/v1",
    kind: "Stack",
    metadata: { name: objectName(project, name), namespace },
    spec: {
      stack: `${organization}/${project}/${name}`,
      projectRepo: options.repo,
      ...{ branch, commit, repoDir, backend, secretsProvider },
      shallow: true,
      serviceAccountName: options.serviceAccount,
      // An unknown stack is probably a typo, so do not create it.
      useLocalStackOnly: true,
      retryOnUpdateConflict: true,
      // Deleting this object must not destroy the plane.
      destroyOnFinalize: false,
      envRefs: Object.fromEntries(
        Object.entries(env).map(([variable, { secret }]) => [
          variable,
          fromSecret(secret, variable),
        ]),
      ),
      gitAuth: gitSecret && { accessToken: fromSecret(gitSecret, "accessToken") },
      prerequisites:
        needs.length === 0 ? undefined : needs.map((need) => ({ name: objectName(project, need) })),
      continueResyncOnCommitMatch: resyncSeconds === undefined ? undefined : true,
      resyncFrequencySeconds: resyncSeconds,
    },
  }));
}
