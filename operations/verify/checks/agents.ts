import type * as k8s from "@kubernetes/client-node";
import type { AgentSettings } from "../../../settings/sections/agent";
import { failed, ok, skipped, verdict, warning, type Check } from "../check";
import type { Context } from "../context";
import { agentsOf, hasAgents, type Agent } from "../../../inventory/agents";
import { readableHeaders } from "../../../inventory/apps";
import { vaultSecrets } from "../../../inventory/secrets";
import { awsIdentity, isOwnedBy, simulated } from "../plane";
import { imageVersion } from "../versions";
import { renewal } from "../renewal";
import { REAPPLY, setSetting, UP } from "../remedy";
import { scaleBack, weakness } from "./workloads";

const agentSets = ({ kubernetes, settings }: Context) =>
  Promise.all(
    agentsOf(settings).map(async (agent) => ({
      agent,
      set: await kubernetes.get<k8s.V1StatefulSet>(
        "apps/v1",
        "StatefulSet",
        agent.release,
        agent.namespace,
      ),
    })),
  );

/** Commands that say what the pods of agents wait for. */
const describePods = (sets: { agent: Agent }[]): string =>
  [...new Set(sets.map(({ agent }) => `\`kubectl describe pods -n ${agent.namespace}\``))].join(
    ", ",
  ) +
  ": says what a pod waits for; the log of an init container names a header secret that is missing";

async function podsOf(
  { kubernetes }: Context,
  { release, namespace }: Agent,
): Promise<k8s.V1Pod[]> {
  const pods = await kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace });
  return pods.filter((pod) => isOwnedBy(pod, [release]));
}

/** Role that the settings give an agent's pods. */
function roleOf(agent: AgentSettings | undefined): string | undefined {
  return agent?.awsRoleArn ?? (agent?.join.method === "iam" ? agent.join.roleArn : undefined);
}

export const agentChecks: Check<Context>[] = [
  {
    id: "agent.statefulset",
    title: "Agents at strength",
    expected:
      "each agent's StatefulSet has the settings' number of pods, all ready, on the last revision",
    remedy:
      "`kubectl describe pods -n NAMESPACE` says what a pod waits for; the log of an init container names a " +
      "header secret that is missing; where somebody scaled it: " +
      "`kubectl scale statefulset NAME --replicas NUMBER -n NAMESPACE`",
    applies: hasAgents,
    async run(context) {
      const sets = await agentSets(context);
      const replicas = ({ release }: Agent) => context.settings.agents[release]?.replicas;
      const scaled = sets.flatMap(({ agent, set }) =>
        set === undefined ? [] : scaleBack("statefulset", set, replicas(agent)),
      );
      const gone = sets.some(({ set }) => set === undefined);
      const other = gone ? REAPPLY : describePods(sets);
      return verdict(
        sets.flatMap(({ agent, set }) => {
          if (set === undefined) return [`there is no StatefulSet ${agent.release}`];
          return weakness(set, replicas(agent)) ?? [];
        }),
        sets
          .map(({ agent, set }) => `${agent.release} ${set?.status?.readyReplicas ?? 0} ready`)
          .join(", "),
        { remedy: scaled.join(", ") || other },
      );
    },
  },
  {
    id: "agent.headers",
    title: "Secret headers that users cannot read",
    before: true,
    expected: "secret headers are added in the pod, where no user of Teleport can read them",
    remedy:
      "`pulumi config set --stack STACK --path access-plane:agents.NAME.secretHeaders sidecar`, then " +
      "`bin/access-plane up --stack STACK`; then `vault kv patch MOUNT/PATH KEY=-` writes a new value, because " +
      "everybody who may open the app could read the old one",
    applies: hasAgents,
    run: ({ settings }) => {
      const found = readableHeaders(settings);
      if (found.length === 0)
        return Promise.resolve(ok("no secret is in Teleport's configuration"));
      const readable = found.map(
        ({ agent, app, headers }) => `${agent}: ${app} (${headers.join(", ")})`,
      );
      const set = [...new Set(found.map(({ agent }) => agent))].map((release) =>
        setSetting(`agents.${release}.secretHeaders`, "sidecar"),
      );
      const renewals = vaultSecrets(settings).flatMap((secret) => {
        const { consumer } = secret;
        if (consumer.kind !== "agent" || consumer.use !== "credentials") return [];
        const own = found.filter(({ agent }) => agent === consumer.release);
        return own.flatMap(({ keys }) => keys.map((key) => renewal(settings, secret, key)));
      });
      const remedy =
        `${set.join(", ")}, then ${UP}; then give each secret a new value, because everybody who may open ` +
        `the app could read the old one: ${[...new Set(renewals)].join(", ")}`;
      return Promise.resolve(
        warning(`everybody who may open the app can read the secret of ${readable.join(", ")}`, {
          remedy,
        }),
      );
    },
  },
  {
    id: "agent.init",
    title: "Agents' init containers",
    expected: "every init container of every agent pod has succeeded",
    remedy: "`kubectl logs -n NAMESPACE POD -c CONTAINER` names app and key",
    needs: ["agent.statefulset"],
    applies: hasAgents,
    async run(context) {
      const lists = await Promise.all(
        agentsOf(context.settings).map((agent) => podsOf(context, agent)),
      );
      const pods = lists.flat();
      const problems = pods.flatMap(({ metadata, spec, status }) =>
        (spec?.initContainers ?? [])
          // A sidecar runs for ever.
          .filter(({ restartPolicy }) => restartPolicy !== "Always")
          .flatMap(({ name }) => {
            const state = status?.initContainerStatuses?.find(
              (entry) => entry.name === name,
            )?.state;
            if (state?.terminated?.exitCode === 0) return [];
            const { terminated, waiting } = state ?? {};
            const why =
              terminated === undefined
                ? (waiting?.reason ?? "has not ended")
                : `ended with ${terminated.exitCode}`;
            const { name: pod = "", namespace = "" } = metadata ?? {};
            return [
              {
                seen: `${pod}: ${name} ${why}`,
                log: `\`kubectl logs -n ${namespace} ${pod} -c ${name}\``,
              },
            ];
          }),
      );
      return pods.length === 0
        ? failed("no pod of an agent")
        : verdict(
            problems.map(({ seen }) => seen),
            `${pods.length} pods`,
            { remedy: `${problems.map(({ log }) => log).join(", ")}: names app and key` },
          );
    },
  },
  {
    id: "agent.aws-role",
    title: "Agents in AWS",
    expected: "EKS has given each agent's pods the role of the settings",
    remedy:
      "see the service account's annotation and EKS's webhook, then `kubectl rollout restart statefulset/AGENT -n NAMESPACE`",
    needs: ["agent.statefulset"],
    applies: hasAgents,
    async run(context) {
      const wanted = agentsOf(context.settings).flatMap((agent) => {
        const role = roleOf(context.settings.agents[agent.release]);
        return role === undefined ? [] : [{ agent, role }];
      });
      if (wanted.length === 0) return ok("no agent has a role");
      const notReal = await simulated(context.kubernetes);
      if (notReal !== undefined) return skipped(notReal);
      const problems = await Promise.all(
        wanted.map(async ({ agent, role }) =>
          (await podsOf(context, agent)).flatMap((pod) => {
            const { role: given } = awsIdentity(pod);
            if (given === role) return [];
            return [`${pod.metadata?.name ?? ""} has ${given ?? "no role"}, not ${role}`];
          }),
        ),
      );
      const wrong = wanted.filter((_, at) => problems[at]?.length !== 0);
      const accounts = wrong.map(
        ({ agent }) => `\`kubectl describe serviceaccount ${agent.release} -n ${agent.namespace}\``,
      );
      const restarts = wrong.map(
        ({ agent }) =>
          `\`kubectl rollout restart statefulset/${agent.release} -n ${agent.namespace}\``,
      );
      return verdict(problems.flat(), wanted.map(({ agent }) => agent.release).join(", "), {
        remedy: `${accounts.join(", ")} shows the role's annotation, which EKS's webhook reads when a pod starts; then ${restarts.join(", ")}`,
      });
    },
  },
  {
    id: "agent.version",
    title: "Agents run the version of the settings",
    expected: "each agent's image is that of the settings",
    remedy: `${REAPPLY}: Helm gives them the version of the settings; turn off whatever else updates agents`,
    needs: ["version.upgrade", "version.backup", "version.agents"],
    applies: hasAgents,
    async run(context) {
      const sets = await agentSets(context);
      const seen = sets.flatMap(({ agent, set }) => {
        const version = imageVersion(set?.spec?.template);
        return version === undefined ? [] : [{ agent, version }];
      });
      return seen.length === 0
        ? failed("no agent runs")
        : verdict(
            seen
              .filter(({ version }) => version !== context.settings.chart.version)
              .map(
                ({ agent, version }) =>
                  `${agent.release} runs ${version}, the settings say ${context.settings.chart.version}`,
              ),
            seen.map(({ agent, version }) => `${agent.release} ${version}`).join(", "),
          );
    },
  },
];
