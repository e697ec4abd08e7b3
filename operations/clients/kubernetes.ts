import * as k8s from "@kubernetes/client-node";
import { CommandError } from "../base/exit-codes";
import { apiAnswer } from "../base/server-faults";

/** Question in a `SelfSubjectAccessReview`. */
export interface AccessRequest {
  verb: string;
  group: string;
  resource: string;
  namespace?: string;
}

const isMissing = (error: unknown): boolean =>
  (error instanceof k8s.ApiException && error.code === 404) ||
  (error instanceof Error && error.message.startsWith("Unrecognized API version and kind"));

/** An error with the API server's message instead of the whole answer. */
const readable = (error: unknown): unknown =>
  error instanceof k8s.ApiException
    ? new CommandError("ENVIRONMENT", apiAnswer(error), { cause: error })
    : error;

interface Clients {
  objects: k8s.KubernetesObjectApi;
  core: k8s.CoreV1Api;
  authorization: k8s.AuthorizationV1Api;
  versions: k8s.VersionApi;
}

/** What the checks need of a cluster. Tests pass their own. */
export type KubeReader = Pick<LiveKubernetes, keyof LiveKubernetes>;

/**
 * Reads a cluster, and caches answers. Loads the kubeconfig on first use, so that a wrong kubeconfig is a finding.
 */
export class LiveKubernetes {
  private made: Clients | undefined;
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(private readonly kubeconfig: () => k8s.KubeConfig) {}

  private get clients(): Clients {
    if (this.made === undefined) {
      const config = this.kubeconfig();
      this.made = {
        objects: k8s.KubernetesObjectApi.makeApiClient(config),
        core: config.makeApiClient(k8s.CoreV1Api),
        authorization: config.makeApiClient(k8s.AuthorizationV1Api),
        versions: config.makeApiClient(k8s.VersionApi),
      };
    }
    return this.made;
  }

  /** URL of the API server. */
  server(): string {
    return this.kubeconfig().getCurrentCluster()?.server ?? "";
  }

  /** Version of the API server. */
  async version(): Promise<string> {
    return (await this.once("version", () => this.clients.versions.getCode())).gitVersion;
  }

  /** Undefined if the object or its kind does not exist. */
  get<T extends object>(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined> {
    const metadata = { name, namespace };
    return this.once(`get ${apiVersion} ${kind} ${namespace ?? ""} ${name}`, async () => {
      try {
        return (await this.clients.objects.read<k8s.KubernetesObject>({
          apiVersion,
          kind,
          metadata,
        })) as T;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** Empty if the kind does not exist. */
  list<T extends object>(
    apiVersion: string,
    kind: string,
    { namespace, labelSelector }: { namespace?: string; labelSelector?: string } = {},
  ): Promise<T[]> {
    const key = `list ${apiVersion} ${kind} ${namespace ?? ""} ${labelSelector ?? ""}`;
    return this.once(key, async () => {
      try {
        const { items } = await this.clients.objects.list(
          apiVersion,
          kind,
          namespace,
          undefined,
          undefined,
          undefined,
          undefined,
          labelSelector,
        );
        return items as T[];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
  }

  logs(namespace: string, pod: string, container: string, tailLines: number): Promise<string> {
    return this.once(`logs ${namespace} ${pod} ${container} ${tailLines}`, () =>
      this.clients.core.readNamespacedPodLog({ namespace, name: pod, container, tailLines }),
    );
  }

  /** True if the caller may do this. */
  async allowed(resourceAttributes: AccessRequest): Promise<boolean> {
    const review = await this.once(JSON.stringify(resourceAttributes), () =>
      this.clients.authorization.createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes } },
      }),
    );
    return review.status?.allowed ?? false;
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = Promise.resolve()
      .then(ask)
      .catch((error: unknown) => {
        throw readable(error);
      });
    this.answers.set(key, answer);
    return answer;
  }
}
