/**
 * Chart values that the program sets, and the setting for each. A stack's `values` may not set them
 * or anything below them. A test compares this list with the values that the program sets.
 */

/** Values of pods, at the root of a chart or below `auth` and `proxy`. */
const POD_VALUES = {
  affinity: "affinity",
  "annotations.serviceAccount": "serviceAccountAnnotations",
  extraEnv: "extraEnv",
  "extraLabels.pod": "podLabels",
  nodeSelector: "nodeSelector",
  priorityClassName: "priorityClassName",
  resources: "resources",
  tolerations: "tolerations",
};
const OBSERVED = { "log.format": "log", "log.level": "log", podMonitor: "podMonitor" };
const IMAGES = {
  enterpriseImage: "images.teleport",
  image: "images.teleport",
  imagePullPolicy: "images.pullPolicy",
  imagePullSecrets: "images.pullSecrets",
};
const HARDENED = "nothing (the program hardens pods, see namespace.podSecurity)";

const below = (prefix: string, setting: string, values: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([key, name]) => [`${prefix}${key}`, `${setting}${name}`]),
  );

const part = (name: "auth" | "proxy") => ({
  ...below(`${name}.`, `teleport.${name}.`, {
    ...POD_VALUES,
    topologySpreadConstraints: "topologySpreadConstraints",
    highAvailability: "replicas",
  }),
  ...below(`${name}.`, "", IMAGES),
  ...below(`${name}.`, "teleport.", OBSERVED),
  [`${name}.podSecurityContext`]: HARDENED,
  [`${name}.securityContext`]: HARDENED,
  [`${name}.teleportVersionOverride`]: "chart.version",
});

const AUTH_OR_PROXY = "the same value below auth or proxy";

/** Owned values of each chart: path to setting. */
export const OWNED = {
  "teleport-cluster": {
    ...Object.fromEntries(
      Object.keys(POD_VALUES).map((key) => [
        key,
        `teleport.auth and teleport.proxy (${POD_VALUES[key as keyof typeof POD_VALUES]})`,
      ]),
    ),
    ...IMAGES,
    ...below("", "teleport.", OBSERVED),
    ...part("auth"),
    ...part("proxy"),
    ...below("operator.", "teleport.operator.", {
      ...POD_VALUES,
      "labels.pod": "podLabels",
    }),
    acme: "certificate",
    "auth.teleportConfig.auth_service.client_idle_timeout":
      "teleport.authentication.clientIdleTimeout",
    "auth.teleportConfig.auth_service.session_recording": "teleport.sessionRecording",
    "auth.teleportConfig.teleport.storage": "database and teleport.sessionRecordings",
    authentication: "teleport.authentication",
    aws: "database",
    azure: "database",
    chartMode: "database",
    clusterName: "clusterName",
    enterprise: "teleport.edition",
    extraContainers: AUTH_OR_PROXY,
    gcp: "database",
    highAvailability: "teleport.auth.replicas and teleport.proxy.replicas",
    ingress: "loadBalancer",
    initContainers: AUTH_OR_PROXY,
    licenseSecretName: "teleport.licensePath",
    "operator.enabled": "nothing (the program needs the operator)",
    "operator.extraArgs": "teleport.operatorSyncPeriod",
    "operator.image": "images.operator",
    "operator.imagePullPolicy": "images.pullPolicy",
    "operator.imagePullSecrets": "images.pullSecrets",
    "operator.installCRDs": "nothing (the program needs the CRDs)",
    persistence: "teleport.sessionRecordings",
    podSecurityContext: HARDENED,
    "podSecurityPolicy.enabled": "namespace.podSecurity",
    "proxy.teleportConfig.proxy_service.https_keypairs_reload_interval":
      "teleport.certificateReload",
    proxyListenerMode: "nothing (one port serves everything, see nodePort)",
    proxyProtocol: "teleport.proxyProtocol",
    publicAddr: "teleport.publicAddresses",
    securityContext: HARDENED,
    service: "nodePort and loadBalancer",
    sessionRecording: "teleport.sessionRecording",
    teleportVersionOverride: "chart.version",
    tls: "certificate",
    topologySpreadConstraints: "teleport.auth and teleport.proxy (topologySpreadConstraints)",
    validateConfigOnDeploy: "nothing (the chart's check before an update stays on)",
  } as Record<string, string>,
  "teleport-kube-agent": {
    ...POD_VALUES,
    ...IMAGES,
    ...OBSERVED,
    appResources: "dynamicApps",
    apps: "apps",
    authToken: "join",
    databaseResources: "databaseResources",
    databases: "databases",
    enterprise: "the plane's edition",
    highAvailability: "replicas, minAvailable and spread",
    initSecurityContext: HARDENED,
    insecureSkipProxyTLSVerify: "insecureSkipProxyTLSVerify",
    joinParams: "join",
    joinTokenSecret: "join",
    kubeClusterName: "kubernetes.clusterName",
    kubernetesDiscovery: "discovery",
    labels: "kubernetes.labels",
    podSecurityContext: HARDENED,
    "podSecurityPolicy.enabled": "namespace.podSecurity",
    proxyAddr: "proxyAddress",
    replicaCount: "replicas",
    roles: "apps, kubernetes, databases or discovery",
    secretName: "join",
    securityContext: HARDENED,
    serviceAccount: "nothing (the token is for the service account with the release's name)",
    serviceAccountName: "nothing (the token is for the service account with the release's name)",
    storage: "storage",
    "teleportConfig.discovery_service.aws": "discovery.aws",
    "teleportConfig.kubernetes_service.kubeconfig_file": "kubernetes.kubeconfig",
    "teleportConfig.kubernetes_service.resources": "kubernetes.resources",
    teleportClusterName: "clusterName",
    teleportVersionOverride: "chart.version",
    tls: "caSecretName",
    updater: "nothing (chart.version decides the version)",
  } as Record<string, string>,
  "teleport-plugin-event-handler": {
    eventHandler: "types, skipTypes, window and batch",
    fluentd: "collector",
    fullnameOverride: "releaseName",
    "image.pullPolicy": "images.pullPolicy",
    "image.repository": "images.eventHandler",
    imagePullSecrets: "images.pullSecrets",
    nodeSelector: "nodeSelector",
    affinity: "affinity",
    persistentVolumeClaim: "storage",
    podSecurityContext: HARDENED,
    resources: "resources",
    securityContext: HARDENED,
    "tbot.affinity": "affinity",
    "tbot.annotations.serviceAccount": "join",
    "tbot.clusterName": "plane",
    "tbot.enabled": "nothing (the handler joins by its bot)",
    "tbot.image": "images.tbot",
    "tbot.imagePullPolicy": "images.pullPolicy",
    "tbot.imagePullSecrets": "images.pullSecrets",
    "tbot.joinMethod": "join",
    "tbot.nodeSelector": "nodeSelector",
    "tbot.resources": "resources",
    "tbot.teleportAuthAddress": "address",
    "tbot.teleportProxyAddress": "address",
    "tbot.token": "join",
    "tbot.tolerations": "tolerations",
    teleport: "address",
    tolerations: "tolerations",
  } as Record<string, string>,
};
