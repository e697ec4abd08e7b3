import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { charts, helmAvailable, render } from "./charts-render.ts";

interface Planned {
  type: string;
  name: string;
  inputs: { values?: object; metadata?: { name: string }; spec?: PolicySpec };
}
interface PolicySpec {
  podSelector: { matchLabels?: Record<string, string> };
  ingress: { ports: { protocol: string; port: number }[] }[];
}
interface Workload {
  kind: string;
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels?: Record<string, string> };
      spec: { containers: Container[] };
    };
  };
}
interface Container {
  ports?: { containerPort: number; protocol?: string }[];
}

const planned = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../tests/unit/golden/prod.json"), "utf8"),
) as Planned[];
const CHARTS = { teleport: "teleport-cluster", "teleport-agent": "teleport-kube-agent" };
/** Charts of this repository, and the vendor's where somebody has put them. */
const SOURCES = [charts, process.env.TELEPORT_CHARTS_DIR ?? ""].filter((dir) => existsSync(dir));

const policies = planned
  .filter(({ type }) => type.endsWith(":NetworkPolicy"))
  .map(({ inputs }) => ({ name: inputs.metadata?.name, spec: inputs.spec! }));

/** Ports that the chart does not declare: peering, and the probe of the sidecar, if these are on. */
const UNDECLARED: Record<string, string[]> = {
  "teleport-proxy": ["TCP 3021"],
  "teleport-agent": ["TCP 8481"],
};

const listens = ({ ports = [] }: Container): string[] =>
  ports.map(({ containerPort, protocol = "TCP" }) => `${protocol} ${containerPort}`);

/** A policy's ports, and the pods that it is for. */
const covers = ({ podSelector }: PolicySpec, labels: Record<string, string>) =>
  Object.entries(podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
const opened = ({ ingress }: PolicySpec) =>
  ingress.flatMap(({ ports }) => ports.map(({ protocol, port }) => `${protocol} ${port}`));

describe("network policies beside the charts' pods", function () {
  const folder = mkdtempSync(join(tmpdir(), "network-policies-"));
  before(function () {
    if (!helmAvailable()) this.skip();
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const source of SOURCES) {
    const whose = source === charts ? "the sandbox" : "the vendor";
    for (const [release, chart] of Object.entries(CHARTS)) {
      it(`open what pods of ${chart} of ${whose} listen on, and nothing else`, () => {
        const { inputs } = planned.find(
          ({ type, name }) => type.endsWith(":Release") && name === release,
        )!;
        const values = join(folder, `${release}.json`);
        writeFileSync(values, JSON.stringify(inputs.values));
        const workloads = render(join(source, chart), release, values).filter(({ kind }) =>
          ["Deployment", "StatefulSet"].includes(kind),
        ) as unknown as Workload[];
        assert.ok(workloads.length > 0);
        for (const { kind, metadata, spec } of workloads) {
          const pod = spec.template;
          const own = policies.filter((policy) => covers(policy.spec, pod.metadata.labels ?? {}));
          assert.equal(own.length, 1, `${kind} ${metadata.name} has ${own.length} policies`);
          const expected = new Set([
            ...pod.spec.containers.flatMap(listens),
            ...(UNDECLARED[metadata.name] ?? []),
          ]);
          assert.deepEqual(opened(own[0]!.spec).sort(), [...expected].sort(), metadata.name);
        }
      });
    }
  }
});
