import type * as k8s from "@kubernetes/client-node";
import { ok, verdict, type Check } from "../check";
import type { Context } from "../context";

export const quotaChecks: Check<Context>[] = [
  {
    id: "quota.objects",
    title: "Room in the namespace",
    phase: "before",
    expected: "no ResourceQuota of the namespace is used up",
    remedy: "raise the quota, or remove what is not needed",
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

const UNITS: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number. */
function quantity(text: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
}
