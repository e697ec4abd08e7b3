import * as assert from "node:assert/strict";
import { get, isMapping, list } from "../../../teleport/values";
import { recordPlane } from "./mocked-plane";

/** Containers that the program itself writes, wherever they are in a resource's inputs. */
function containers(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(containers);
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    /^(containers|initContainers|extraContainers)$/.test(key) ? list(below) : containers(below),
  );
}

/** Settings of a container that the Pod Security Standard `restricted` refuses (Kubernetes' reference). */
function faults(container: unknown): string[] {
  const context = get(container, "securityContext");
  const added = list(get(context, "capabilities", "add"));
  const checks: [boolean, string][] = [
    [get(context, "allowPrivilegeEscalation") === false, "may escalate"],
    [list(get(context, "capabilities", "drop")).includes("ALL"), "keeps capabilities"],
    [added.every((capability) => capability === "NET_BIND_SERVICE"), "adds capabilities"],
    [get(context, "runAsNonRoot") === true, "may be root"],
    [get(context, "seccompProfile", "type") === "RuntimeDefault", "has no seccomp profile"],
    [get(container, "resources", "requests") !== undefined, "is BestEffort"],
  ];
  return checks.filter(([holds]) => !holds).map(([, fault]) => fault);
}

describe("containers that the program writes", () => {
  for (const secretHeaders of ["sidecar", "rendered"] as const) {
    it(`comply with Pod Security restricted and have resource requests: ${secretHeaders}`, async () => {
      const plane = await recordPlane("prod", (settings) => {
        for (const agent of Object.values(settings.agents)) agent.secretHeaders = secretHeaders;
        settings.database.credentials = {
          source: "generated",
          path: "teleport/database",
          rotation: "1",
          bootstrap: { adminSecret: "infra-db-admin" },
        };
      });
      const found = plane.resources
        .flatMap(({ inputs }) => containers(inputs))
        // The last init container gets its security context and resources from the agents' chart.
        .filter((container) => get(container, "name") !== "check-config");
      assert.ok(found.length >= 2);
      assert.deepEqual(
        found.map((container) => [get(container, "name"), faults(container)]),
        found.map((container) => [get(container, "name"), []]),
      );
    });
  }
});
