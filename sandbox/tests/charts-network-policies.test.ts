import assert from "node:assert/strict";
import {
  charts,
  helmAvailable,
  planned,
  PLANNED_CHARTS,
  renderPlanned,
  SOURCES,
} from "./charts-render.ts";

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

const policies = planned
  .filter(({ type }) => type.endsWith(":NetworkPolicy"))
  .map(({ inputs }) => ({ name: inputs.metadata?.name, spec: inputs.spec as PolicySpec }));

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

describe("network policies for the charts' pods", function () {
  before(function () {
    if (!helmAvailable()) this.skip();
  });

  for (const source of SOURCES) {
    const whose = source === charts ? "the sandbox" : "the vendor";
    for (const [release, chart] of Object.entries(PLANNED_CHARTS)) {
      it(`open the ports of ${chart} of ${whose}, and no others`, () => {
        const workloads = renderPlanned(source, release, chart).filter(({ kind }) =>
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
