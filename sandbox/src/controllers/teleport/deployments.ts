/** Finds running operators: the Deployment, its edition and its sync period. */
import { parseDuration } from "../certificates/spec.ts";
import type { KubeObject } from "../objects.ts";

export interface Container {
  image?: string;
  command?: string[];
  args?: string[];
}

export interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: Container[]; volumes?: { name: string }[] } } };
  status?: { readyReplicas?: number };
}

/** An operator that works in a namespace. */
export interface RunningOperator {
  namespace: string;
  release: string;
  enterprise: boolean;
  syncMs: number;
}

const SYNC_DEFAULT = "10h";
const label = (deployment: Deployment, name: string) =>
  deployment.metadata.labels?.[`app.kubernetes.io/${name}`];

function isOperator(deployment: Deployment): boolean {
  return (
    label(deployment, "component") === "operator" &&
    deployment.spec.template.spec.containers.some(({ image, command }) =>
      `${image ?? ""} ${command?.[0] ?? ""}`.includes("teleport-operator"),
    )
  );
}

function isEnterprise(auth: Deployment | undefined): boolean {
  const pod = auth?.spec.template.spec;
  return (
    (pod?.volumes ?? []).some((volume) => volume.name === "license") ||
    (pod?.containers ?? []).some(({ image }) => /\/teleport-ent(-|:|$)/.test(image ?? ""))
  );
}

function syncPeriod(deployment: Deployment): number {
  const words = deployment.spec.template.spec.containers.flatMap(({ command = [], args = [] }) => [
    ...command,
    ...args,
  ]);
  for (const [at, word] of words.entries()) {
    const match = /^--?sync-period(?:=(.+))?$/.exec(word);
    if (!match) continue;
    try {
      return parseDuration(match[1] ?? words[at + 1] ?? SYNC_DEFAULT);
    } catch {
      break;
    }
  }
  return parseDuration(SYNC_DEFAULT);
}

/** The operator of a namespace, while at least one of its pods is ready. */
export function runningOperator(
  deployments: Deployment[],
  namespace: string,
): RunningOperator | undefined {
  const here = deployments.filter((deployment) => deployment.metadata.namespace === namespace);
  const operator = here.find(
    (deployment) =>
      isOperator(deployment) &&
      !deployment.metadata.deletionTimestamp &&
      (deployment.status?.readyReplicas ?? 0) > 0,
  );
  if (!operator) return undefined;
  const release = label(operator, "instance") ?? operator.metadata.name;
  const auth = here.find(
    (deployment) =>
      label(deployment, "component") === "auth" && label(deployment, "instance") === release,
  );
  return { namespace, release, enterprise: isEnterprise(auth), syncMs: syncPeriod(operator) };
}
