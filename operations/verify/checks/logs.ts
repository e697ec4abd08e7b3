import { agentsOf, hasAgents, namespacesOf } from "../../../inventory/agents";
import type * as k8s from "@kubernetes/client-node";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { redactText } from "../../base/redact";
import { failed, ok, verdict, type Check } from "../check";
import type { Context } from "../context";
import { isOwnedBy } from "../plane";
import { messageOf } from "../run";

const TAIL = 200;
const SHOWN = 160;

interface Line {
  pod: string;
  container: string;
  text: string;
}

type Whose = "cluster" | "agents";

/** The last lines of every container, including init containers. */
async function lines(context: Context, whose: Whose): Promise<{ lines: Line[]; silent: string[] }> {
  const { kubernetes, settings } = context;
  const agents = agentsOf(settings).map(({ release }) => release);
  const places = whose === "cluster" ? [settings.namespace.name] : namespacesOf(settings);
  const lists = await Promise.all(
    places.map((namespace) => kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace })),
  );
  const pods = lists
    .flat()
    .filter((pod) =>
      whose === "cluster"
        ? pod.metadata?.labels?.["app.kubernetes.io/instance"] === CLUSTER_RELEASE
        : isOwnedBy(pod, agents),
    );
  const silent: string[] = [];
  const read = await Promise.all(
    pods.flatMap(({ metadata, spec }) =>
      [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(
        async ({ name: container }) => {
          const pod = metadata?.name ?? "";
          const namespace = metadata?.namespace ?? settings.namespace.name;
          try {
            const text = await kubernetes.logs(namespace, pod, container, TAIL);
            return text.split("\n").map((line) => ({ pod, container, text: line }));
          } catch (error) {
            // A container that waits for others has no log yet.
            silent.push(`${pod}/${container}: ${messageOf(error)}`);
            return [];
          }
        },
      ),
    ),
  );
  return { lines: read.flat(), silent };
}

/** A line for the output: without secrets, shortened. */
const shown = ({ pod, container, text }: Line): string =>
  `${pod}/${container}: ${redactText(text).slice(0, SHOWN)}`;

function logCheck(check: {
  subject: string;
  title: string;
  whose: Whose;
  /** Matches bad lines. */
  bad: RegExp;
  /** Matches a later line of the same container that shows that the problem is solved. */
  mended?: RegExp;
  remedy: string;
}): Check<Context> {
  const { subject, title, whose, bad, mended, remedy } = check;
  return {
    id: `logs.${subject}`,
    title,
    applies: (settings) => whose === "cluster" || hasAgents(settings),
    expected: `none in the last ${TAIL} lines of each container`,
    remedy,
    needsPods: true,
    async run(context) {
      const { lines: all, silent } = await lines(context, whose);
      const found = all.filter((line, index) => {
        if (!bad.test(line.text)) return false;
        const later = all
          .slice(index + 1)
          .filter(({ pod, container }) => pod === line.pod && container === line.container);
        return mended === undefined || !later.some(({ text }) => mended.test(text));
      });
      if (found.length > 0) {
        const last = found.at(-1);
        return failed(`${found.length} lines, the last: ${last === undefined ? "" : shown(last)}`);
      }
      return all.length === 0
        ? verdict(silent.length > 0 ? silent : ["no log at all"], "")
        : ok(`none in ${all.length} lines`);
    },
  };
}

export const clusterLogChecks: Check[] = [
  logCheck({
    subject: "storage",
    title: "Log: PostgreSQL connection",
    whose: "cluster",
    bad: /failed to connect to `|password authentication failed|SQLSTATE (?:28|08|3D|57P)|no pg_hba\.conf entry|pgxpool|too many (?:clients|connections)/i,
    remedy:
      "see the checks of group database; auth pods read the password once, at start: " +
      "`kubectl rollout restart deployment/teleport-auth -n NAMESPACE`",
  }),
  logCheck({
    subject: "change-feed",
    title: "Log: change feed",
    whose: "cluster",
    bad: /change feed stream lost|all replication slots are in use|could not access file "wal2json"/i,
    mended: /change feed started/i,
    remedy:
      "`bin/access-plane verify --stack STACK --only database` looks at slots, wal2json and the right to replicate",
  }),
  logCheck({
    subject: "recordings",
    title: "Log: bucket of recordings",
    whose: "cluster",
    // The auth service logs this and continues, but uploads fail (lib/events/s3sessions).
    bad: /failed to ensure that s3 bucket|AccessDenied: .*s3:|NoSuchBucket|failed to (?:create|upload|complete) .*(?:upload|recording)/i,
    mended: /setting up bucket s3 completed/i,
    remedy:
      "see recordings.bucket, recordings.role and recordings.identity; then `kubectl rollout restart deployment/teleport-auth -n NAMESPACE`",
  }),
];

export const agentLogChecks: Check<Context>[] = [
  logCheck({
    subject: "config",
    title: "Log: header rendering",
    whose: "agents",
    bad: /^render: |@@[A-Za-z0-9-]+\/[A-Za-z0-9._-]+@@|failed to parse (?:the )?(?:teleport )?config/i,
    remedy:
      "the line names app and key: `bin/access-plane verify --stack STACK --only vault,secrets` names the command that " +
      "writes the key at the Vault path of the agent's credentials",
  }),
  logCheck({
    subject: "registration",
    title: "Log: joining and app registration",
    whose: "agents",
    bad: /failed to establish connection to cluster|can ?not join the cluster|token expired or not found|unable to join|failed to (?:register|start|initialize) app|certificate signed by unknown authority/i,
    remedy:
      "`bin/access-plane verify --stack STACK --only resources.token,agent,certificate` looks at token, version and " +
      "certificate; compare the agent's proxy address",
  }),
];
