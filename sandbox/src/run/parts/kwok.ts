/** KWOK plays the kubelets of the nodes: pods become Ready, but nothing runs in them. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { healthy } from "../http.ts";
import { KubeApi } from "../kube-api.ts";
import type { Part } from "../part.ts";
import { toolPath } from "../../setup/tools.ts";

/** The nodes to create. */
export const nodeNames = ["sandbox-node-0", "sandbox-node-1", "sandbox-node-2"];

// Stages of nodes and pods. Without the heartbeat a node is lost after 40 seconds.
const stages = [
  /^node-initialize\.yaml$/,
  /^node-heartbeat\.yaml$/,
  /^pod-(ready|complete|delete)\.yaml$/,
];

export const kwok: Part = {
  name: "kwok",
  after: ["nodes"],
  ports: ["kwok"],
  requires: () => [toolPath("kwok"), toolPath("kwok-stages")],
  command: ({ layout, ports }) => ({
    file: toolPath("kwok"),
    args: [
      `--kubeconfig=${layout.kubeconfig}`,
      ...stageFiles(toolPath("kwok-stages")).map((file) => `--config=${file}`),
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      "--node-ip=127.0.0.1",
      "--cidr=10.244.0.0/16",
      `--server-address=127.0.0.1:${ports["kwok"]}`,
      `--node-port=${ports["kwok"]}`,
    ],
  }),
  ready: async (sandbox) => {
    await healthy(`http://127.0.0.1:${sandbox.ports["kwok"]}/healthz`);
    const kube = new KubeApi(sandbox);
    for (const name of nodeNames) {
      const node = await kube.get("nodes", { apiVersion: "v1", kind: "Node", metadata: { name } });
      const { conditions = [] } = (node?.["status"] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      if (!conditions.some(({ type, status }) => type === "Ready" && status === "True")) {
        throw new Error(`node ${name} is not Ready yet`);
      }
    }
  },
};

function stageFiles(folder: string): string[] {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      const child = join(path, name);
      if (statSync(child).isDirectory()) walk(child);
      else if (stages.some((stage) => stage.test(name)) && !path.endsWith("general"))
        found.push(child);
    }
  };
  walk(folder);
  if (found.length < 5) {
    throw new Error(`Stages for nodes or pods are missing in ${folder}: run "make setup" again.`);
  }
  return found;
}
