import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { charts, helmAvailable, render } from "./charts-render.ts";

interface Container {
  name: string;
  securityContext?: Record<string, unknown>;
  resources?: object;
}
type PodSpec = Record<"containers" | "initContainers", Container[] | undefined> & {
  securityContext?: Record<string, unknown>;
};
interface Planned {
  type: string;
  name: string;
  inputs: { values: object };
}

const planned = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../tests/unit/golden/prod.json"), "utf8"),
) as Planned[];
const CHARTS = { teleport: "teleport-cluster", "teleport-agent": "teleport-kube-agent" };
/** Charts of this repository, and the vendor's where somebody has put them. */
const SOURCES = [charts, process.env.TELEPORT_CHARTS_DIR ?? ""].filter((dir) => existsSync(dir));

/** Why the Pod Security Standard `restricted` refuses a container, or that it asks for nothing. */
function faults(pod: PodSpec, container: Container): string[] {
  const context: Record<string, unknown> = { ...pod.securityContext, ...container.securityContext };
  const { capabilities, seccompProfile } = context as {
    capabilities?: { drop?: string[] };
    seccompProfile?: { type?: string };
  };
  const checks: [boolean, string][] = [
    [context.allowPrivilegeEscalation === false, "may escalate"],
    [capabilities?.drop?.includes("ALL") === true, "keeps capabilities"],
    [context.runAsNonRoot === true, "may be root"],
    [seccompProfile?.type === "RuntimeDefault", "has no seccomp profile"],
    [Object.keys(container.resources ?? {}).length > 0, "is BestEffort"],
  ];
  return checks.filter(([holds]) => !holds).map(([, fault]) => `${container.name} ${fault}`);
}

describe("pods of the charts, with the program's values", function () {
  const folder = mkdtempSync(join(tmpdir(), "pod-security-"));
  before(function () {
    if (!helmAvailable()) this.skip();
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const source of SOURCES) {
    for (const [release, chart] of Object.entries(CHARTS)) {
      it(`keep to Pod Security restricted: ${chart} of ${source === charts ? "the sandbox" : "the vendor"}`, () => {
        const { inputs } = planned.find(
          ({ type, name }) => type.endsWith(":Release") && name === release,
        )!;
        const values = join(folder, `${release}.json`);
        writeFileSync(values, JSON.stringify(inputs.values));
        const pods = render(join(source, chart), release, values).flatMap((object) => {
          const spec = (object as { spec?: { template?: { spec?: PodSpec } } }).spec?.template
            ?.spec;
          return spec?.containers === undefined ? [] : [spec];
        });
        assert.ok(pods.length > 0);
        const found = pods.flatMap((pod) =>
          [...(pod.initContainers ?? []), ...(pod.containers ?? [])].flatMap((one) =>
            faults(pod, one),
          ),
        );
        assert.deepEqual(found, []);
      });
    }
  }
});
