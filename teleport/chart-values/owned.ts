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
const AUTH_OR_PROXY = "the same value below auth or proxy";
const ONE_PORT = "nothing (one port serves everything, see nodePort)";
const SERVICES = "apps, kubernetes, databases or discovery";
const ACCOUNTS = "nothing (tokens, bindings and roles of AWS name the chart's service accounts)";
const HARDENED = "nothing (the program hardens pods, see namespace.podSecurity)";

const below = (prefix: string, setting: string, values: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([key, name]) => [`${prefix}${key}`, `${setting}${name}`]),
  );

/** What `log` decides in the configuration of Teleport. */
const LOG_CONFIG = {
  "teleport.log.format.output": "log",
  "teleport.log.severity": "log",
};

/** The configuration of the auth service. What else it has below `authentication` is free. */
const AUTH_CONFIG = {
  ...below("auth_service.authentication.", "teleport.authentication.", {
    connector_name: "connectorName",
    local_auth: "localAuth",
    locking_mode: "lockingMode",
    second_factor: "secondFactors",
    second_factors: "secondFactors",
    type: "type",
  }),
  "auth_service.client_idle_timeout": "teleport.authentication.clientIdleTimeout",
  "auth_service.cluster_name": "clusterName",
  "auth_service.license_file": "teleport.licensePath",
  "auth_service.proxy_listener_mode": ONE_PORT,
  "auth_service.session_recording": "teleport.sessionRecording",
  "teleport.storage": "database and teleport.sessionRecordings",
};

const PROXY_CONFIG = {
  "proxy_service.acme": "certificate",
  "proxy_service.https_keypairs": "certificate",
  "proxy_service.https_keypairs_reload_interval": "teleport.certificateReload",
  "proxy_service.proxy_protocol": "teleport.proxyProtocol",
  "proxy_service.public_addr": "teleport.publicAddresses",
  "proxy_service.web_listen_addr": ONE_PORT,
  "teleport.auth_server": "nothing (the chart joins the proxies)",
  "teleport.join_params": "nothing (the chart joins the proxies)",
};

const AGENT_CONFIG = {
  "app_service.apps": "apps",
  "app_service.enabled": SERVICES,
  "app_service.resources": "dynamicApps",
  "db_service.databases": "databases",
  "db_service.enabled": SERVICES,
  "db_service.resources": "databaseResources",
  "discovery_service.aws": "discovery.aws",
  "discovery_service.discovery_group": "discovery.group",
  "discovery_service.enabled": SERVICES,
  "discovery_service.kubernetes": "discovery.matchers",
  "kubernetes_service.enabled": SERVICES,
  "kubernetes_service.kube_cluster_name": "kubernetes.clusterName",
  "kubernetes_service.kubeconfig_file": "kubernetes.kubeconfig",
  "kubernetes_service.labels": "kubernetes.labels",
  "kubernetes_service.resources": "kubernetes.resources",
  "teleport.auth_server": "proxyAddress",
  "teleport.auth_servers": "proxyAddress",
  "teleport.auth_token": "join",
  "teleport.join_params": "join",
  "teleport.proxy_server": "proxyAddress",
};

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
  ...below(`${name}.teleportConfig.`, "teleport.", LOG_CONFIG),
});

/** Values at the root of chart `teleport-cluster`. `auth` and `proxy` take all of them, too, for their own pods. */
const CLUSTER: Record<string, string> = {
  ...Object.fromEntries(
    Object.keys(POD_VALUES).map((key) => [
      key,
      `teleport.auth and teleport.proxy (${POD_VALUES[key as keyof typeof POD_VALUES]})`,
    ]),
  ),
  ...IMAGES,
  ...below("", "teleport.", OBSERVED),
  acme: "certificate",
  acmeEmail: "certificate",
  acmeURI: "certificate",
  authentication: "teleport.authentication",
  authenticationSecondFactor: "teleport.authentication.secondFactors",
  authenticationType: "teleport.authentication.type",
  aws: "database",
  azure: "database",
  chartMode: "database",
  clusterName: "clusterName",
  createProxyToken: "nothing (the proxies join by it)",
  enterprise: "teleport.edition",
  gcp: "database",
  highAvailability: "teleport.auth.replicas and teleport.proxy.replicas",
  ingress: "loadBalancer",
  installCRDs: "nothing (the program needs the CRDs)",
  licenseSecretName: "teleport.licensePath",
  logLevel: "teleport.log",
  persistence: "teleport.sessionRecordings",
  podSecurityContext: HARDENED,
  "podSecurityPolicy.enabled": "namespace.podSecurity",
  proxyListenerMode: ONE_PORT,
  proxyProtocol: "teleport.proxyProtocol",
  publicAddr: "teleport.publicAddresses",
  securityContext: HARDENED,
  separateMongoListener: ONE_PORT,
  separatePostgresListener: ONE_PORT,
  service: "nodePort and loadBalancer",
  serviceAccount: ACCOUNTS,
  sessionRecording: "teleport.sessionRecording",
  standalone: "teleport.sessionRecordings",
  teleportVersionOverride: "chart.version",
  tls: "certificate",
  topologySpreadConstraints: "teleport.auth and teleport.proxy (topologySpreadConstraints)",
  ...Object.fromEntries(
    ["kube", "mongo", "mysql", "postgres", "ssh", "tunnel"].map((protocol) => [
      `${protocol}PublicAddr`,
      "teleport.publicAddresses",
    ]),
  ),
  validateConfigOnDeploy: "nothing (the chart's check before an update stays on)",
};

/** Owned values of each chart: path to setting. */
export const OWNED = {
  "teleport-cluster": {
    ...CLUSTER,
    ...below("auth.", "", CLUSTER),
    ...below("proxy.", "", CLUSTER),
    ...part("auth"),
    ...part("proxy"),
    ...below("auth.teleportConfig.", "", AUTH_CONFIG),
    ...below("proxy.teleportConfig.", "", PROXY_CONFIG),
    ...below("operator.", "teleport.operator.", {
      ...POD_VALUES,
      "labels.pod": "podLabels",
    }),
    extraContainers: AUTH_OR_PROXY,
    initContainers: AUTH_OR_PROXY,
    "operator.enabled": "nothing (the program needs the operator)",
    "operator.extraArgs": "teleport.operatorSyncPeriod",
    "operator.image": "images.operator",
    "operator.imagePullPolicy": "images.pullPolicy",
    "operator.imagePullSecrets": "images.pullSecrets",
    "operator.installCRDs": "nothing (the program needs the CRDs)",
    "operator.serviceAccount": ACCOUNTS,
  } as Record<string, string>,
  "teleport-kube-agent": {
    ...below("teleportConfig.", "", { ...AGENT_CONFIG, ...LOG_CONFIG }),
    ...POD_VALUES,
    ...IMAGES,
    ...OBSERVED,
    appResources: "dynamicApps",
    apps: "apps",
    authToken: "join",
    databaseResources: "databaseResources",
    databases: "databases",
    enterprise: "the plane's edition",
    existingDataVolume: "storage",
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
    roles: SERVICES,
    secretName: "join",
    securityContext: HARDENED,
    serviceAccount: "nothing (the token is for the service account with the release's name)",
    serviceAccountName: "nothing (the token is for the service account with the release's name)",
    storage: "storage",
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
    "image.tag": "images.digests",
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
