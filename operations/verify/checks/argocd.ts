import { releaseCommands, type ArgoApplication } from "../../base/argo-release";
import { failed, ok, type Check } from "../check";
import type { Context } from "../context";
import { releasesOf } from "../../../inventory/agents";

interface Application extends ArgoApplication {
  status?: { health?: { status?: string }; sync?: { status?: string } };
}

export const argocdChecks: Check<Context>[] = [
  {
    id: "argocd.applications",
    title: "Argo CD applications",
    expected: "none of the plane's names; where Argo CD is the owner: Healthy and Synced",
    remedy:
      "`kubectl describe applications.argoproj.io NAME -n NAMESPACE` says what differs; when Pulumi is the owner, take " +
      "the Application away and leave its objects (docs/adoption.md: one owner)",
    async run({ kubernetes, settings }) {
      const names = releasesOf(settings).map(({ name }) => name);
      const found = (
        await kubernetes.list<Application>("argoproj.io/v1alpha1", "Application")
      ).filter(({ metadata }) => names.includes(metadata?.name ?? ""));
      const seen = found.map(({ metadata, status }) => ({
        why: `\`kubectl describe applications.argoproj.io ${metadata?.name ?? ""} -n ${metadata?.namespace ?? ""}\``,
        text: `${metadata?.name ?? ""} ${status?.health?.status ?? "unknown"}, ${status?.sync?.status ?? "unknown"}`,
        good: status?.health?.status === "Healthy" && status.sync?.status === "Synced",
      }));
      if (seen.length === 0) return ok("none");
      const text = seen.map((entry) => entry.text).join("; ");
      if (seen.every(({ good }) => good)) return ok(text);
      const release = found.flatMap(releaseCommands).map((command) => `\`${command}\``);
      return failed(text, {
        remedy:
          `${seen.map(({ why }) => why).join(", ")} says what differs; when Pulumi is the owner: ` +
          release.join(", "),
      });
    },
  },
];
