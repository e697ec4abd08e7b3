import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { issue } from "../unit/operations/verify/certificates";
import { FaultProxy } from "./fault-proxy";

/** What a deployment talks to. */
export const SERVERS = ["Kubernetes", "Vault", "AWS", "state backend"] as const;
export type Server = (typeof SERVERS)[number];

/** Bucket of the emulator that holds the state. */
const BUCKET = "access-plane-faults-state";

interface KubeConfigFile {
  clusters: { cluster: Record<string, string> }[];
}

/** A proxy before each server, and the environment that leads through them. */
export interface DisturbedServers {
  proxies: Record<Server, FaultProxy>;
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Puts proxies before the servers of an environment; its files go into a folder. */
export async function disturbServers(
  env: NodeJS.ProcessEnv,
  folder: string,
  random: () => number,
): Promise<DisturbedServers> {
  const { KUBECONFIG = "", VAULT_ADDR = "", AWS_ENDPOINT_URL = "", AWS_REGION = "" } = env;
  const config = new k8s.KubeConfig();
  config.loadFromFile(KUBECONFIG);
  const { server = "", caData = "" } = config.getCurrentCluster() ?? {};
  const certificate = await issue({ subject: "localhost", names: ["localhost"] });
  const targetCa = Buffer.from(caData, "base64").toString();
  const proxies = {
    Kubernetes: await FaultProxy.start({ target: server, targetCa, certificate, random }),
    Vault: await FaultProxy.start({ target: VAULT_ADDR, random }),
    AWS: await FaultProxy.start({ target: AWS_ENDPOINT_URL, random }),
    "state backend": await FaultProxy.start({ target: AWS_ENDPOINT_URL, random }),
  };
  const file = parse(fs.readFileSync(KUBECONFIG, "utf8")) as KubeConfigFile;
  file.clusters.forEach(({ cluster }) => {
    cluster["server"] = proxies.Kubernetes.address;
    cluster["certificate-authority-data"] = Buffer.from(certificate.pem).toString("base64");
  });
  const kubeconfig = path.join(folder, "kubeconfig-with-faults");
  fs.writeFileSync(kubeconfig, stringify(file), { mode: 0o600 });
  const made = await fetch(`${AWS_ENDPOINT_URL}/${BUCKET}`, { method: "PUT" });
  if (!made.ok) throw new Error(`bucket ${BUCKET}: ${made.status} ${await made.text()}`);
  const backend = new URLSearchParams({
    region: AWS_REGION,
    endpoint: proxies["state backend"].address,
    s3ForcePathStyle: "true",
  });
  return {
    proxies,
    env: {
      KUBECONFIG: kubeconfig,
      VAULT_ADDR: proxies.Vault.address,
      AWS_ENDPOINT_URL: proxies.AWS.address,
      PULUMI_BACKEND_URL: `s3://${BUCKET}?${backend.toString()}`,
    },
    stop: async () => {
      await Promise.all(Object.values(proxies).map((proxy) => proxy.stop()));
    },
  };
}
