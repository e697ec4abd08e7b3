/** etcd stores the Kubernetes objects. It accepts clients with a certificate of its own authority. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { authority, issued, type KeyPair } from "../authority.ts";
import { healthy } from "../http.ts";
import type { Layout } from "../layout.ts";
import type { Part } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";

const folderOf = (layout: Layout) => join(layout.pki, "etcd");

/** Flags for an authority and a key pair. */
interface EtcdClient {
  readonly ca: string;
  readonly pair: KeyPair;
}

/** The key pair that etcd's only client, the API server, shows. */
export async function etcdClient(layout: Layout): Promise<EtcdClient> {
  const by = await authority(folderOf(layout), "etcd CA");
  const pair = await issued(folderOf(layout), by, { name: "kube-apiserver", usage: "client" });
  return { ca: by.certificate, pair };
}

export const etcd: Part = {
  name: "etcd",
  after: [],
  ports: ["etcd", "etcd-peer"],
  requires: () => [toolPath("etcd")],
  command: async ({ layout, ports }) => {
    const client = `https://127.0.0.1:${ports["etcd"]}`;
    const peer = `https://127.0.0.1:${ports["etcd-peer"]}`;
    const by = await authority(folderOf(layout), "etcd CA");
    const names = [{ type: "ip", value: "127.0.0.1" } as const];
    const own = await issued(folderOf(layout), by, { name: "etcd", names, usage: "both" });
    const tls = (prefix: string) => [
      `--${prefix}client-cert-auth`,
      `--${prefix}trusted-ca-file=${by.certificate}`,
      `--${prefix}cert-file=${own.certificate}`,
      `--${prefix}key-file=${own.key}`,
    ];
    return {
      file: toolPath("etcd"),
      args: [
        "--name=default",
        `--data-dir=${layout.etcd}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        ...tls(""),
        ...tls("peer-"),
        "--unsafe-no-fsync", // a crash of the machine may cost the sandbox, never more
        "--log-level=warn",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
      ],
    };
  },
  ready: async ({ layout, ports }) => {
    const { ca, pair } = await etcdClient(layout);
    await healthy(`https://127.0.0.1:${ports["etcd"]}/health`, {
      ca: readFileSync(ca, "utf8"),
      cert: readFileSync(pair.certificate, "utf8"),
      key: readFileSync(pair.key, "utf8"),
    });
  },
};
