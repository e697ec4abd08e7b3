import { isCredential } from "../../settings/secret-shapes";
import { PLACEHOLDER } from "../../teleport/headers/header";
import type { FoundRelease } from "./helm-releases";
import { MISSING, set, type Sections } from "./sections";
import { get, getText, list } from "../../teleport/values";
import type { ExistingPlane } from "./existing-plane";

/** A header as settings have it. One that holds a credential is never written down. */
function header(line: string, app: string): Sections {
  const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
  const [mark] = PLACEHOLDER.exec(value) ?? [];
  const key = mark?.startsWith(`@@${app}/`) === true ? mark.slice(app.length + 3, -2) : MISSING;
  if (mark === undefined && !isCredential(name, value)) return { name, value };
  const prefix =
    mark === undefined ? /^(bearer|basic|token) /i.exec(value)?.[0] : value.split(mark)[0];
  return { name, secret: set({ key, prefix }) };
}

/** How an agent joins; a secret token is named by nobody but Vault. */
function join(values: unknown, release: string): Sections | undefined {
  const method = getText(values, "joinParams", "method") || "token";
  const token = getText(values, "joinParams", "tokenName");
  if (method === "token") return { method, path: MISSING };
  return token === release && method === "kubernetes" ? undefined : { method, token };
}

/** The settings of an agent that its release implies. */
export function impliedAgent(
  release: FoundRelease,
  plane: Pick<ExistingPlane, "cluster" | "namespace" | "vaultSecrets">,
): Sections {
  const { values, name } = release;
  const apps = list(values["apps"]).map((app) => {
    const own = getText(app, "name");
    const host = getText(app, "public_addr");
    const headers = list(get(app, "rewrite", "headers")).map((line) => header(String(line), own));
    const redirect = list(get(app, "rewrite", "redirect"));
    return set({
      name: own,
      uri: getText(app, "uri"),
      publicAddress: host === `${own}.${getText(plane.cluster.values, "clusterName")}` ? "" : host,
      description: getText(app, "description"),
      labels: get(app, "labels"),
      insecureSkipVerify: get(app, "insecure_skip_verify"),
      rewrite:
        headers.length + redirect.length === 0
          ? undefined
          : {
              ...(headers.length === 0 ? {} : { headers }),
              ...(redirect.length === 0 ? {} : { redirect }),
            },
    });
  });
  const volume = list(values["extraVolumes"]).find(
    (v) => getText(v, "secret", "secretName") !== "",
  );
  const secretName = getText(volume, "secret", "secretName");
  const source = plane.vaultSecrets.find(
    (secret) => secretName !== "" && getText(secret, "spec", "destination", "name") === secretName,
  );
  const keys = Object.keys(get(source, "spec", "destination", "transformation", "templates") ?? {});
  const service = `teleport.${plane.namespace}.svc.cluster.local:443`;
  const proxy = getText(values, "proxyAddr");
  return set({
    join: join(values, name),
    replicas: get(values, "highAvailability", "replicaCount"),
    proxyAddress: proxy === service ? "" : proxy,
    insecureSkipProxyTLSVerify: get(values, "insecureSkipProxyTLSVerify"),
    storage: get(values, "storage", "enabled"),
    resources: get(values, "resources"),
    credentials:
      source === undefined
        ? undefined
        : set({
            secretName: secretName === `${name}-credentials` ? "" : secretName,
            path: getText(source, "spec", "path"),
            keys: keys.length === 0 ? [MISSING] : keys,
          }),
    apps,
  });
}
