import { KubeConfig, type RequestContext } from "@kubernetes/client-node";

/** A kubeconfig whose clients share connections; by itself, each request makes a new one. */
class SharedConnections extends KubeConfig {
  private dispatcher: ReturnType<RequestContext["getDispatcher"]>;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.dispatcher ??= context.getDispatcher();
    if (this.dispatcher !== undefined) context.setDispatcher(this.dispatcher);
  }
}

/** Reads a kubeconfig. Default: the one of `KUBECONFIG` or the home folder. Throws if it cannot be read. */
export function readKubeConfig(kubeconfig?: string): KubeConfig {
  const config = new SharedConnections();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  return config;
}
