import * as k8s from "@kubernetes/client-node";

/** Question of a `SelfSubjectAccessReview`. */
export interface AccessRequest {
  verb: string;
  group: string;
  resource: string;
  namespace?: string;
}

/** The API server, read-only. Answers are kept for the life of the reader. */
export interface KubeReader {
  /** Version of the API server. */
  version(): Promise<string>;
  /** Undefined when there is no such object, or no such kind. */
  get<T extends object>(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined>;
  /** Empty when there is no such kind. */
  list<T extends object>(
    apiVersion: string,
    kind: string,
    where?: { namespace?: string; labelSelector?: string },
  ): Promise<T[]>;
  logs(namespace: string, pod: string, container: string, tailLines: number): Promise<string>;
  /** Whether whoever asks may do this. */
  allowed(request: AccessRequest): Promise<boolean>;
}

/** The kubeconfig that a stack's settings name. */
export function kubeConfig(settings: {
  kubernetes: { kubeconfig?: string; context?: string };
}): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  const { kubeconfig, context } = settings.kubernetes;
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw new Error(
        `the kubeconfig has no context "${context}" (kubernetes.context); it has ${known.join(", ") || "none"}`,
      );
    }
    config.setCurrentContext(context);
  }
  return config;
}

const isMissing = (error: unknown): boolean =>
  (error instanceof k8s.ApiException && error.code === 404) ||
  (error instanceof Error && error.message.startsWith("Unrecognized API version and kind"));

/** The server's own words instead of a dump of the whole answer. */
function readable(error: unknown): unknown {
  if (!(error instanceof k8s.ApiException)) return error;
  let message = String(error.body);
  try {
    const status = JSON.parse(message) as { message?: string };
    message = status.message ?? message;
  } catch {
    // Not a Status object: say it as it came.
  }
  return new Error(`the API server answers ${error.code}: ${message}`);
}

/** A reader on a cluster. */
export class LiveKubernetes implements KubeReader {
  private readonly objects: k8s.KubernetesObjectApi;
  private readonly core: k8s.CoreV1Api;
  private readonly authorization: k8s.AuthorizationV1Api;
  private readonly versions: k8s.VersionApi;
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(config: k8s.KubeConfig) {
    this.objects = k8s.KubernetesObjectApi.makeApiClient(config);
    this.core = config.makeApiClient(k8s.CoreV1Api);
    this.authorization = config.makeApiClient(k8s.AuthorizationV1Api);
    this.versions = config.makeApiClient(k8s.VersionApi);
  }

  async version(): Promise<string> {
    return (await this.once("version", () => this.versions.getCode())).gitVersion;
  }

  get<T extends object>(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined> {
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    return this.once(`get ${apiVersion} ${kind} ${namespace ?? ""} ${name}`, async () => {
      try {
        return (await this.objects.read<k8s.KubernetesObject>({
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

  list<T extends object>(
    apiVersion: string,
    kind: string,
    { namespace, labelSelector }: { namespace?: string; labelSelector?: string } = {},
  ): Promise<T[]> {
    const key = `list ${apiVersion} ${kind} ${namespace ?? ""} ${labelSelector ?? ""}`;
    return this.once(key, async () => {
      try {
        const { items } = await this.objects.list(
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
      this.core.readNamespacedPodLog({ namespace, name: pod, container, tailLines }),
    );
  }

  async allowed(resourceAttributes: AccessRequest): Promise<boolean> {
    const review = await this.once(JSON.stringify(resourceAttributes), () =>
      this.authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }),
    );
    return review.status?.allowed ?? false;
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = ask().catch((error: unknown) => {
      throw readable(error);
    });
    this.answers.set(key, answer);
    return answer;
  }
}
