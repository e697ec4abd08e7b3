import { failed, ok, type Check } from "../check";
import type { Context } from "../context";
import { releasesOf } from "../../../inventory/agents";

interface Application {
  metadata?: { name?: string; namespace?: string };
  status?: { health?: { status?: string }; sync?: { status?: string } };
}

export const argocdChecks: Check<Context>[] = [
  {
    id: "argocd.applications",
    title: "Argo CD applications",
    expected: "none of the plane's names; where Argo CD is the owner: Healthy and Synced",
    remedy:
      "`kubectl describe applications.argoproj.io NAME -n argocd` says what differs; when Pulumi is the owner: `kubectl delete applications.argoproj.io NAME -n argocd --cascade=orphan`",
    async run({ kubernetes, settings }) {
      const names = releasesOf(settings).map(({ name }) => name);
      const found = (
        await kubernetes.list<Application>("argoproj.io/v1alpha1", "Application")
      ).filter(({ metadata }) => names.includes(metadata?.name ?? ""));
      const seen = found.map(({ metadata, status }) => ({
        text: `${metadata?.name ?? ""} ${status?.health?.status ?? "unknown"}, ${status?.sync?.status ?? "unknown"}`,
        good: status?.health?.status === "Healthy" && status.sync?.status === "Synced",
      }));
      if (seen.length === 0) return ok("none");
      const text = seen.map((entry) => entry.text).join("; ");
      return seen.every(({ good }) => good) ? ok(text) : failed(text);
    },
  },
];
