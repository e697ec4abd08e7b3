/** etcd: keeps the Kubernetes objects. */
import { healthy } from "../http.ts";
import type { Part } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";

export const etcd: Part = {
  name: "etcd",
  after: [],
  ports: ["etcd", "etcd-peer"],
  requires: () => [toolPath("etcd")],
  command: ({ layout, ports }) => {
    const client = `http://127.0.0.1:${ports["etcd"]}`;
    const peer = `http://127.0.0.1:${ports["etcd-peer"]}`;
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
        "--unsafe-no-fsync", // a crash of the machine may cost the sandbox, never more
        "--log-level=warn",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
      ],
    };
  },
  ready: ({ ports }) => healthy(`http://127.0.0.1:${ports["etcd"]}/health`),
};
