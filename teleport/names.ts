import { hostAndPort } from "./address";

/** Addresses and names that several parts of the plane use. */

/** Name of the Helm release of `teleport-cluster` and of its proxy Service. */
export const CLUSTER_RELEASE = "teleport";

/** Deployment of the operator in that release. */
export const OPERATOR_DEPLOYMENT = `${CLUSTER_RELEASE}-operator`;

/** Domain of in-cluster names. Both charts assume it. */
const CLUSTER_DOMAIN = "cluster.local";

/** Address of the proxy Service inside Kubernetes, `HOST:443`. */
export function serviceAddress(namespace: string): string {
  return `${CLUSTER_RELEASE}.${namespace}.svc.${CLUSTER_DOMAIN}:443`;
}

/** Address of the auth service inside Kubernetes, `HOST:3025`. */
export function authAddress(namespace: string): string {
  return `${CLUSTER_RELEASE}-auth.${namespace}.svc.${CLUSTER_DOMAIN}:3025`;
}

/** Public addresses of the proxy: the cluster's name, then the Service's. */
export function publicAddresses(clusterName: string, namespace: string): string[] {
  return [`${clusterName}:443`, serviceAddress(namespace)];
}

/** Names that the certificate must have: apex and wildcard. */
export function certificateNames(clusterName: string): string[] {
  return [clusterName, `*.${clusterName}`];
}

/** Secret with the name of an agent's token. Source: chart value `joinTokenSecret.name`. */
export function joinSecret(release: string): string {
  return `${release}-join-token`;
}

/** Secret with an agent's secret token from Vault. */
export function vaultJoinSecret(release: string): string {
  return `${release}-vault-token`;
}

/** Secret with the kubeconfig of other clusters that an agent serves. */
export function kubeconfigSecret(release: string): string {
  return `${release}-kubeconfig`;
}

/** Default name of the Secret with an agent's header secrets. */
export function credentialsSecret(release: string): string {
  return `${release}-credentials`;
}

/** Annotation of pods. It changes with the Secrets that they read at start. */
export const REVISION = "access-plane/secret-revision";

/** Annotation of a service account with its AWS role. Source: Amazon EKS user guide, IRSA. */
export const ROLE_ARN = "eks.amazonaws.com/role-arn";

/** The annotation for a role, or none. */
export const irsa = (roleArn: string | undefined): Record<string, string> =>
  roleArn === undefined ? {} : { [ROLE_ARN]: roleArn };

/** Public host of an app: its own, or one label below the cluster's domain. */
export function appHost(
  app: { name: string; publicAddress?: string },
  clusterName: string,
): string {
  return app.publicAddress ?? `${app.name}.${clusterName}`;
}

/** Name of a Service: SERVICE.NAMESPACE.svc, with or without the cluster's domain. */
const SERVICE_NAME = new RegExp(
  `^[a-z]([-a-z0-9]*[a-z0-9])?\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?\\.svc(\\.${CLUSTER_DOMAIN.replaceAll(".", "\\.")})?$`,
);

/** Whether an address (`HOST` or `HOST:PORT`) is a Service's, which resolves only inside the cluster. */
export function isInCluster(address: string): boolean {
  const host = hostAndPort(address)?.host.replace(/\.$/, "");
  return host !== undefined && SERVICE_NAME.test(host);
}
