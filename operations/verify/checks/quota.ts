import { quantity } from "../../../settings/quantity";
import type * as k8s from "@kubernetes/client-node";
import { ok, verdict, type Check } from "../check";
import type { Context } from "../context";

export const quotaChecks: Check<Context>[] = [
  {
    id: "quota.objects",
    title: "Room in the namespace",
    before: true,
    expected: "no ResourceQuota of the namespace is used up",
    remedy: "`kubectl edit resourcequota -n NAMESPACE` raises it; or remove what is not needed",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const quotas = await kubernetes.list<k8s.V1ResourceQuota>("v1", "ResourceQuota", {
        namespace: settings.namespace.name,
      });
      if (quotas.length === 0) return ok("no quota");
      const full = quotas.flatMap(({ metadata, status }) =>
        Object.entries(status?.hard ?? {})
          .filter(([name, hard]) => quantity(status?.used?.[name] ?? "0") >= quantity(hard))
          .map(
            ([name, hard]) =>
              `${metadata?.name ?? ""}: ${name} ${status?.used?.[name] ?? "0"} of ${hard}`,
          ),
      );
      return verdict(full, `${quotas.length} quotas with room`);
    },
  },
];
