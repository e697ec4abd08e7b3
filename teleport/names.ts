import { hostAndPort } from "./address";

/** Addresses and names that chart, token, agent and load balancer must agree on. */

/** Name of the Helm release of `teleport-cluster`; its proxy Service has the same name. */
export const CLUSTER_RELEASE = "teleport";

/** Deployment of the operator that comes with that release. */
export const OPERATOR_DEPLOYMENT = `${CLUSTER_RELEASE}-operator`;

/** Cluster domain of in-cluster names, as both charts assume it. */
const CLUSTER_DOMAIN = "cluster.local";

/** Address of the proxy Service inside Kubernetes, `HOST:443`. */
export function serviceAddress(namespace: string): string {
  return `${CLUSTER_RELEASE}.${namespace}.svc.${CLUSTER_DOMAIN}:443`;
}

/** Address of the auth service inside Kubernetes, `HOST:3025`. */
export function authAddress(namespace: string): string {
  return `${CLUSTER_RELEASE}-auth.${namespace}.svc.${CLUSTER_DOMAIN}:3025`;
}

/** Public addresses of the proxy: what people use first, then the in-cluster name. */
export function publicAddresses(clusterName: string, namespace: string): string[] {
  return [`${clusterName}:443`, serviceAddress(namespace)];
}

/** Names the certificate must carry: apex and wildcard. */
export function certificateNames(clusterName: string): string[] {
  return [clusterName, `*.${clusterName}`];
}

/** Secret in which an agent finds the name of its token, unless the settings say otherwise. */
export function joinSecret(release: string): string {
  return `${release}-join-token`;
}

/** Secret with the token itself, where it is one and comes from Vault; never one of the chart's. */
export function vaultJoinSecret(release: string): string {
  return `${release}-vault-token`;
}

/** Secret with the kubeconfig of clusters that an agent serves from outside. */
export function kubeconfigSecret(release: string): string {
  return `${release}-kubeconfig`;
}

/** Secret with an agent's header secrets, unless the settings say otherwise. */
export function credentialsSecret(release: string): string {
  return `${release}-credentials`;
}

/** Annotation of pods that changes with the Secrets they read at start. */
export const REVISION = "access-plane/secret-revision";

/** Annotation of a service account by which EKS gives its pods an AWS role (IRSA). */
export const ROLE_ARN = "eks.amazonaws.com/role-arn";

/** That annotation for a role, where there is one. */
export const irsa = (roleArn: string | undefined): Record<string, string> =>
  roleArn === undefined ? {} : { [ROLE_ARN]: roleArn };

/** Public host of an app: its own, or one label below the cluster's domain. */
export function appHost(
  app: { name: string; publicAddress?: string },
  clusterName: string,
): string {
  return app.publicAddress ?? `${app.name}.${clusterName}`;
}

/** Name of a Service as pods resolve it: SERVICE.NAMESPACE.svc, with or without the cluster's domain. */
const SERVICE_NAME = new RegExp(
  `^[a-z]([-a-z0-9]*[a-z0-9])?\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?\\.svc(\\.${CLUSTER_DOMAIN.replaceAll(".", "\\.")})?$`,
);

/** True for the address of a Service (`HOST` or `HOST:PORT`), which only resolves inside the cluster. */
export function isInCluster(address: string): boolean {
  const host = hostAndPort(address)?.host.replace(/\.$/, "");
  return host !== undefined && SERVICE_NAME.test(host);
}
