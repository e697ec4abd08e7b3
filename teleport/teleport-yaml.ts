/** teleport.yaml as Teleport's charts render it from a release's values. */

import { isMapping, mapping, merged, type Mapping } from "./values";

/** A release's values, with the configuration that they render to. */
export interface RenderedConfig {
  /** Configuration by the service that reads it: `auth`, `proxy` or `agent`. */
  files: Record<string, Mapping>;
  /** Other values: pods, volumes, Services. */
  rest: Mapping;
}

/** The fields that are set. */
const given = (fields: Mapping): Mapping =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && value !== "" && value !== false,
    ),
  );

function without(values: Mapping, ...keys: string[]): Mapping {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
}

const off = { enabled: false };

function authConfig(values: Mapping): Mapping {
  const from = mapping(values["authentication"]);
  const factors = Array.isArray(from["secondFactors"]) ? from["secondFactors"] : [];
  const config = {
    version: "v3",
    auth_service: {
      enabled: true,
      cluster_name: values["clusterName"],
      ...given({
        license_file: values["enterprise"] === true && "/var/lib/license/license.pem",
        session_recording: values["sessionRecording"],
        proxy_listener_mode: values["proxyListenerMode"],
      }),
      authentication: {
        type: from["type"],
        local_auth: from["localAuth"],
        second_factors: factors,
        ...given({ connector_name: from["connectorName"], locking_mode: from["lockingMode"] }),
        ...(factors.includes("webauthn") ? { webauthn: { rp_id: values["clusterName"] } } : {}),
      },
    },
    kubernetes_service: {
      enabled: true,
      kube_cluster_name: values["kubeClusterName"] ?? values["clusterName"],
    },
    proxy_service: off,
    ssh_service: off,
  };
  return merged(config, mapping(mapping(values["auth"])["teleportConfig"]));
}

function proxyConfig(values: Mapping): Mapping {
  const config = {
    version: "v3",
    proxy_service: {
      enabled: true,
      public_addr: values["publicAddr"],
      ...given({ proxy_protocol: values["proxyProtocol"] }),
      ...(mapping(values["tls"])["existingSecretName"] === undefined
        ? {}
        : {
            https_keypairs: [
              { cert_file: "/etc/teleport-tls/tls.crt", key_file: "/etc/teleport-tls/tls.key" },
            ],
            https_keypairs_reload_interval: "12h",
          }),
    },
    auth_service: off,
    ssh_service: off,
  };
  return merged(config, mapping(mapping(values["proxy"])["teleportConfig"]));
}

const CLUSTER_KEYS = [
  "authentication",
  "clusterName",
  "enterprise",
  "kubeClusterName",
  "proxyListenerMode",
  "proxyProtocol",
  "publicAddr",
  "sessionRecording",
  "tls",
];

/** Configuration of the auth service and the proxies, from values of `teleport-cluster`. */
export function clusterConfig(values: Mapping): RenderedConfig {
  const rest = without(values, ...CLUSTER_KEYS);
  for (const part of ["auth", "proxy"]) {
    if (isMapping(rest[part])) rest[part] = without(rest[part], "teleportConfig");
  }
  return { files: { auth: authConfig(values), proxy: proxyConfig(values) }, rest };
}

const AGENT_KEYS = ["appResources", "apps", "caPin", "joinParams", "proxyAddr", "roles"];

/** Configuration of an agent, from values of `teleport-kube-agent`. */
export function agentConfig(values: Mapping): RenderedConfig {
  const roles = typeof values["roles"] === "string" ? values["roles"].split(",") : [];
  const service = (role: string, name: string, fields: Mapping) => ({
    [name]: roles.includes(role) ? { enabled: true, ...given(fields) } : off,
  });
  const config = {
    version: "v3",
    teleport: {
      join_params: {
        method: mapping(values["joinParams"])["method"],
        token_name: "/etc/teleport-secrets/auth-token",
      },
      proxy_server: values["proxyAddr"],
      ...given({ ca_pin: values["caPin"] }),
    },
    ...service("app", "app_service", { apps: values["apps"], resources: values["appResources"] }),
    ...service("db", "db_service", {
      databases: values["databases"],
      resources: values["databaseResources"],
      aws: values["awsDatabases"],
    }),
    ...service("discovery", "discovery_service", {
      discovery_group: values["kubeClusterName"],
      kubernetes: values["kubernetesDiscovery"],
    }),
    ...service("kube", "kubernetes_service", {
      kube_cluster_name: values["kubeClusterName"],
      labels: values["labels"],
    }),
    auth_service: off,
    proxy_service: off,
    ssh_service: off,
  };
  return {
    files: { agent: merged(config, mapping(values["teleportConfig"])) },
    rest: without(
      values,
      ...AGENT_KEYS,
      "databases",
      "databaseResources",
      "awsDatabases",
      "kubeClusterName",
      "kubernetesDiscovery",
      "labels",
      "teleportConfig",
    ),
  };
}
