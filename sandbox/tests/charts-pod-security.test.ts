import assert from "node:assert/strict";
import { charts, helmAvailable, PLANNED_CHARTS, renderPlanned, SOURCES } from "./charts-render.ts";

interface Container {
  name: string;
  securityContext?: Record<string, unknown>;
  resources?: object;
}
type PodSpec = Record<"containers" | "initContainers", Container[] | undefined> & {
  securityContext?: Record<string, unknown>;
};

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
  before(function () {
    if (!helmAvailable()) this.skip();
  });

  for (const source of SOURCES) {
    for (const [release, chart] of Object.entries(PLANNED_CHARTS)) {
      it(`comply with Pod Security restricted: ${chart} of ${source === charts ? "the sandbox" : "the vendor"}`, () => {
        const pods = renderPlanned(source, release, chart).flatMap((object) => {
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
