import { publicApps } from "../../../inventory/apps";
import { servedHosts } from "../../../inventory/served-hosts";
import { urlHost } from "../../../teleport/address";
import { failed, ok, warning, type Check } from "../check";
import type { PlaneContext } from "../context";

/** The operator's connection to Vault. Source: VaultConnection, secrets.hashicorp.com/v1beta1. */
interface VaultConnection {
  metadata?: { name?: string; namespace?: string };
  spec?: { address?: string };
}

/** An address that programs need while Teleport is down. */
interface Needed {
  /** What has it. */
  of: string;
  url: string;
  /** How to change it. */
  change: string;
}

const API = "secrets.hashicorp.com/v1beta1";
/** The VaultConnection of objects that name none. Source: Vault Secrets Operator. */
const DEFAULT = "default";

/** The connection by which the operator reads the Secrets of this stack. */
async function connection({ kubernetes, settings }: PlaneContext): Promise<Needed[]> {
  const { connectionRef, delivery } = settings.vault;
  if (delivery === "pulumi") return [];
  const [name = "", place] = connectionRef?.split("/").reverse() ?? [DEFAULT];
  const namespace = connectionRef === undefined ? undefined : (place ?? settings.namespace.name);
  const all = await kubernetes.list<VaultConnection>(API, "VaultConnection", { namespace });
  return all
    .filter(({ metadata }) => metadata?.name === name)
    .map(({ metadata, spec }) => ({
      of: `VaultConnection ${metadata?.namespace ?? ""}/${name}`,
      url: spec?.address ?? "",
      change:
        `\`kubectl edit vaultconnection ${name} -n ${metadata?.namespace ?? ""}\`: give it the address of Vault's ` +
        "Service, and the name of its certificate as tlsServerName",
    }));
}

/** What the caller may not read. Undefined if that is nothing. */
const forbidden = (error: unknown): string | undefined => {
  const { message } = error as Error;
  return message.includes("answers 403") ? message : undefined;
};

const OWN_NAME = "use an address outside clusterName, or give it its own DNS record";

/** Endpoint of a state backend in a bucket, or the backend itself. */
const backendUrl = (url = ""): string =>
  (URL.canParse(url) ? new URL(url).searchParams.get("endpoint") : undefined) ?? url;

export const outsideAddressChecks: Check[] = [
  {
    id: "dns.outside",
    title: "Addresses that the plane must not serve",
    before: true,
    expected: "Vault, the API server and the state are at names that do not lead to Teleport",
    remedy: `${OWN_NAME}: below clusterName the wildcard leads to Teleport's login`,
    // It reads the VaultConnection.
    needs: ["kubernetes.reachable"],
    async run(context) {
      const { settings, vault, kubernetes, network, env = {} } = context;
      const { clusterName } = settings;
      const servedBy = servedHosts(clusterName, publicApps(settings));
      let unread: string | undefined;
      const connections = await connection(context).catch((error: unknown) => {
        unread = forbidden(error);
        if (unread === undefined) throw error;
        return [];
      });
      const needed: Needed[] = [
        { of: "Vault (vault.address or VAULT_ADDR)", url: vault.address, change: OWN_NAME },
        { of: "the API server (kubeconfig)", url: kubernetes.server(), change: OWN_NAME },
        {
          of: "the state (PULUMI_BACKEND_URL)",
          url: backendUrl(env["PULUMI_BACKEND_URL"]),
          change: OWN_NAME,
        },
        { of: "AWS (AWS_ENDPOINT_URL)", url: env["AWS_ENDPOINT_URL"] ?? "", change: OWN_NAME },
        ...connections,
      ];
      const plane = await network.resolve(clusterName);
      const looks = await Promise.all(
        needed.map(async ({ of, url, change }) => {
          const host = urlHost(url.includes("://") ? url : `any://${url}`);
          const served = host === undefined ? undefined : servedBy(host);
          if (host === undefined || served === undefined) return undefined;
          const at = `${of} is at ${host}`;
          if (served.by === "app") {
            return { seen: `${at}, where Teleport serves the app ${served.app}`, change };
          }
          if (served.by === "cluster") return { seen: `${at}, the cluster's own name`, change };
          const own = await network.resolve(host);
          if (own.some((address) => plane.includes(address))) {
            return { seen: `${at}, which leads to Teleport`, change };
          }
          const unknown = own.length === 0;
          return unknown ? { later: `${at}, which does not resolve from here`, change } : undefined;
        }),
      );
      const found = looks.filter((look) => look !== undefined);
      const remedy = [...new Set(found.map(({ change }) => change))].join("; ");
      const problems = found.flatMap(({ seen }) => seen ?? []);
      if (problems.length > 0) return failed(problems.join("; "), { remedy });
      const later = found.flatMap((look) => look.later ?? []);
      if (later.length > 0) return warning(later.join("; "), { remedy });
      return unread === undefined
        ? ok("none of them")
        : warning(`VaultConnection not read: ${unread}`, {
            remedy: "allow this account to read it: deploy/pipeline/verify/kubernetes.yaml",
          });
    },
  },
];
