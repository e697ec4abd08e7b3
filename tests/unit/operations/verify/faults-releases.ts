import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { dumpHead } from "./dumps";
import type { Fault } from "./fault";
import { helmRecord, type World } from "./world";

const scale = (kind: string, name: string, replicas: number) => (world: World) => {
  const workload = world.kubernetes.find(kind, name);
  workload["spec"].replicas = replicas;
  Object.assign(workload["status"], { readyReplicas: replicas, updatedReplicas: replicas });
};

/** The next major version, with dumps of these databases of this age in hours. */
const major =
  (databases: readonly string[], hours = 1) =>
  ({ settings, context }: World) => {
    settings.chart.version = "19.0.0";
    const made = new Date(Date.now() - hours * 3600 * 1000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dumps-"));
    process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
    context.backups = databases.map((database) => {
      const file = path.join(folder, `${database}.dump`);
      fs.writeFileSync(file, dumpHead(database, made));
      return file;
    });
  };

/** What a major version needs before it migrates the database. */
export const BACKUP_FAULTS: Fault[] = [
  {
    title: "a major version without a backup",
    breaks: major([]),
    check: "version.backup",
    says: /^no dump of database teleport; no dump of database teleport_audit$/,
  },
  {
    title: "a major version with a backup of one database",
    breaks: major(["teleport"]),
    check: "version.backup",
    says: /^no dump of database teleport_audit$/,
  },
  {
    title: "a major version with old backups",
    breaks: major(["teleport", "teleport_audit"], 30),
    check: "version.backup",
    says: /teleport\.dump is 30 hours old; .*teleport_audit\.dump is 30 hours old/,
  },
];

/** Drift that a preview does not see: changes of the objects of Helm releases. */
export const RELEASE_FAULTS: Fault[] = [
  {
    title: "the proxies are scaled to 0",
    breaks: scale("Deployment", "teleport-proxy", 0),
    check: "cluster.deployments",
    says: /teleport-proxy: is to have 0 pods, not 2/,
  },
  {
    title: "the operator is scaled to 0, and no setting has its size",
    breaks: scale("Deployment", "teleport-operator", 0),
    check: "cluster.deployments",
    says: /teleport-operator: is to have 0 pods, not 1/,
  },
  {
    title: "auth is scaled up",
    breaks: scale("Deployment", "teleport-auth", 3),
    check: "cluster.deployments",
    says: /teleport-auth: is to have 3 pods, not 2/,
  },
  {
    title: "the agent is scaled to 0",
    breaks: scale("StatefulSet", "teleport-agent", 0),
    check: "agent.statefulset",
    says: /teleport-agent: is to have 0 pods, not 2/,
  },
  {
    title: "a ConfigMap of the release is deleted",
    breaks: (world) => world.kubernetes.remove("ConfigMap", "teleport-auth"),
    check: "release.objects",
    says: /^ConfigMap teleport-auth is missing$/,
  },
  {
    title: "a ConfigMap of the release is edited",
    breaks: (world) => {
      const { data } = world.kubernetes.find("ConfigMap", "teleport-auth");
      data["teleport.yaml"] = "auth_service:\n  enabled: false\n";
    },
    check: "release.objects",
    says: /^ConfigMap teleport-auth \(data\.teleport\.yaml differs\)$/,
  },
  {
    title: "a Secret of the release is edited: its value is not shown",
    breaks: (world) => {
      world.kubernetes.find("Secret", "teleport-join")["data"].token = "c2hvcnQ=";
    },
    check: "release.objects",
    says: /^Secret teleport-join \(data\.token differs\)$/,
  },
  {
    title: "a field of the release's object is changed",
    breaks: (world) => {
      world.kubernetes.find("PodDisruptionBudget", "teleport-auth")["spec"].minAvailable = 0;
    },
    check: "release.objects",
    says: /^PodDisruptionBudget teleport-auth \(spec\.minAvailable is 0, not 1\)$/,
  },
  {
    title: "a Deployment is paused, unlike in the chart",
    breaks: (world) => {
      world.kubernetes.find("Deployment", "teleport-auth")["spec"].paused = true;
    },
    check: "release.objects",
    says: /^Deployment teleport-auth \(spec\.paused is true, not false\)$/,
  },
  {
    title: "a port is added to the Service",
    breaks: (world) => {
      world.kubernetes.find("Service", "teleport")["spec"].ports.push({ port: 80 });
    },
    check: "release.objects",
    says: /^Service teleport \(spec\.ports\[80\] was added\)$/,
  },
  {
    title: "a node has pulled another image under the same tag",
    breaks: ({ settings, kubernetes: fake }) => {
      const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
      settings.images.digests = { teleport: digest("a"), operator: digest("b") };
      const repository = "public.ecr.aws/gravitational/teleport-distroless";
      const pull = (pod: string, digit: string) => {
        fake.find("Pod", pod)["status"].containerStatuses[0].imageID =
          `${repository}@${digest(digit)}`;
      };
      pull("teleport-auth-0", "a");
      pull("teleport-auth-1", "c");
    },
    check: "release.images",
    says: /^teleport-auth-1\/teleport runs public\.ecr\.aws\/gravitational\/teleport-distroless:\S+ with sha256:c+$/,
    advice: true,
  },
  {
    title: "an upgrade was cut off",
    breaks: (world) => {
      const record = helmRecord("teleport", { version: 2, info: { status: "pending-upgrade" } });
      record["metadata"].labels.version = "2";
      world.kubernetes.objects.push(record);
    },
    check: "release.objects",
    says: /release teleport, revision 2, is pending-upgrade/,
  },
  {
    title: "Helm has lost its record",
    breaks: (world) => world.kubernetes.remove("Secret", "sh.helm.release.v1.teleport-agent.v1"),
    check: "release.objects",
    says: /Helm has no release teleport-agent/,
  },
  {
    title: "the caller may not read an object of the release",
    breaks: (world) => void world.kubernetes.unreadable.add("PodDisruptionBudget"),
    check: "release.objects",
    state: "warning",
    says: /^1 object not read: PodDisruptionBudget teleport-auth: .*answers 403/,
    advice: true,
  },
];
