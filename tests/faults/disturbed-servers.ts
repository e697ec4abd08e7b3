import * as fs from "node:fs";
import type * as http from "node:http";
import * as path from "node:path";
import { CreateBucketCommand, type BucketLocationConstraint } from "@aws-sdk/client-s3";
import * as k8s from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { awsOf } from "../engine/plain-load-balancer";
import { issue } from "../unit/operations/verify/certificates";
import { FaultProxy, type Refusal } from "./fault-proxy";

/** Servers that a deployment uses. */
export const SERVERS = ["Kubernetes", "Vault", "AWS", "state backend"] as const;
export type Server = (typeof SERVERS)[number];

/** The emulator's bucket with the state. */
const BUCKET = "access-plane-faults-state";

const kubernetesExpired = (): Refusal => {
  const status = { status: "Failure", message: "Unauthorized", reason: "Unauthorized", code: 401 };
  const body = JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, ...status });
  return { status: 401, type: "application/json", body };
};
const vaultExpired = (): Refusal => ({
  status: 403,
  type: "application/json",
  body: JSON.stringify({ errors: ["permission denied", "invalid token"] }),
});
const awsExpired = ({ headers: { authorization = "" } }: http.IncomingMessage): Refusal => {
  const message = "The security token included in the request is expired";
  const error = `<Error><Code>ExpiredToken</Code><Message>${message}</Message></Error>`;
  const body = authorization.includes("/ec2/")
    ? `<Response><Errors>${error}</Errors></Response>`
    : authorization.includes("/s3/")
      ? error
      : `<ErrorResponse>${error}</ErrorResponse>`;
  return { status: 400, type: "text/xml", body };
};

interface KubeConfigFile {
  clusters: { cluster: Record<string, string> }[];
}

/** A proxy in front of each server, and the environment that points to the proxies. */
export interface DisturbedServers {
  proxies: Record<Server, FaultProxy>;
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts a proxy in front of each server of `env`, and writes a kubeconfig to `folder`. */
export async function disturbServers(
  env: NodeJS.ProcessEnv,
  folder: string,
  random: () => number,
): Promise<DisturbedServers> {
  const { KUBECONFIG = "", VAULT_ADDR = "", AWS_ENDPOINT_URL = "", AWS_REGION = "" } = env;
  const { s3 } = awsOf(env);
  await s3.send(
    new CreateBucketCommand({
      Bucket: BUCKET,
      CreateBucketConfiguration: {
        LocationConstraint: AWS_REGION as BucketLocationConstraint,
      },
    }),
  );
  const config = new k8s.KubeConfig();
  config.loadFromFile(KUBECONFIG);
  const { server = "", caData = "" } = config.getCurrentCluster() ?? {};
  const certificate = await issue({ subject: "localhost", names: ["localhost"] });
  const targetCa = Buffer.from(caData, "base64").toString();
  const proxies = {
    Kubernetes: await FaultProxy.start({
      ...{ target: server, targetCa, certificate, random, expired: kubernetesExpired },
    }),
    Vault: await FaultProxy.start({ target: VAULT_ADDR, random, expired: vaultExpired }),
    AWS: await FaultProxy.start({ target: AWS_ENDPOINT_URL, random, expired: awsExpired }),
    "state backend": await FaultProxy.start({
      ...{ target: AWS_ENDPOINT_URL, random, expired: awsExpired },
    }),
  };
  const file = parse(fs.readFileSync(KUBECONFIG, "utf8")) as KubeConfigFile;
  file.clusters.forEach(({ cluster }) => {
    cluster["server"] = proxies.Kubernetes.address;
    cluster["certificate-authority-data"] = Buffer.from(certificate.pem).toString("base64");
  });
  const kubeconfig = path.join(folder, "kubeconfig-with-faults");
  fs.writeFileSync(kubeconfig, stringify(file), { mode: 0o600 });
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
