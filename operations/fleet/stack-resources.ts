import { CommandError } from "../base/exit-codes";
import type { OrderedStack } from "../deploy/stack-order";

/** Where the operator takes the program and its credentials from. */
export interface FleetOptions {
  /** Namespace of the Stack resources and of the Secrets they name. */
  namespace: string;
  /** Git repository with this program and its stack files. */
  repo: string;
  /** Branch or tag; or a commit, which does not move. */
  branch?: string;
  commit?: string;
  /** Folder in the repository with Pulumi.yaml. Default: its root. */
  repoDir?: string;
  /** State backend, as for `pulumi login`. Default: Pulumi Cloud. */
  backend?: string;
  /** As for `pulumi stack init`. Default: the backend's own. */
  secretsProvider?: string;
  /** Service account of the workspace pods. */
  serviceAccount: string;
  /** First part of a stack's full name; other backends than the cloud have only `organization`. */
  organization: string;
  project: string;
  /** Environment variables, each a key of the same name in a Secret. */
  env: Readonly<Record<string, { secret: string }>>;
  /** Secret with a Git access token under the key `accessToken`. Default: a public repository. */
  gitSecret?: string;
  /** Seconds between two runs without a new commit. Default: only new commits. */
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
 * One `Stack` resource a stack; a stack waits for those it needs. Holds no secret: only the names of
 * Secrets. Throws when two stacks would have the same object name.
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
      // A stack that nobody has made is a typing error, not a wish.
      useLocalStackOnly: true,
      retryOnUpdateConflict: true,
      // Deleting this object must not take down the plane.
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
