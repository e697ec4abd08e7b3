import { count } from "../base/count";
import type { CheckResult, State as CheckState } from "../verify/check";
import { label } from "./dependencies";
import { isChart } from "./exposure";
import { worstState, type Graph, type GraphNode, type GraphResource, type State } from "./model";
import { get, getText } from "../../teleport/values";
import { shortType } from "../base/urn";

type Concerns = (resource: GraphResource) => boolean;

const kind =
  (pattern: RegExp): Concerns =>
  ({ type }) =>
    pattern.test(shortType(type));
const cluster: Concerns = (resource) => isChart(resource, "teleport-cluster");
const agent: Concerns = (resource) => isChart(resource, "teleport-kube-agent");
const release: Concerns = kind(/^Release$/);
const nothing: Concerns = () => false;

/** Resources that a check is about, by the start of its id. The first match counts. */
const PLACES: readonly (readonly [check: RegExp, about: Concerns])[] = [
  [/^(kubernetes\.|vault\.reachable|aws\.(reachable|rights)|owner\.stack|dns\.outside)/, nothing],
  [/^vault\.rights/, ({ type }) => type.startsWith("vault:")],
  [/^vault\.(owner|access)/, kind(/^(Policy|AuthBackendRole)$/)],
  [/^vault\.login/, kind(/^(VaultAuth|AuthBackendRole)$/)],
  [/^(vault\.keys|secrets\.synced)/, kind(/^Vault(Static|Dynamic)Secret$/)],
  [/^secrets\.loaded/, release],
  [/^secrets\.plain/, kind(/^(Vault(Static|Dynamic)Secret|Certificate)$/)],
  [/^aws\.lookups/, ({ type }) => type.startsWith("aws:")],
  [/^(aws\.quota|exposure\.load-balancer)/, kind(/^LoadBalancer$/)],
  [/^database\./, ({ part }) => part === "database-credentials"],
  [/^(issuer|certificate)\./, kind(/^Certificate$/)],
  [/^(chart|release|argocd|owner)\./, release],
  [
    /^(version\.(upgrade|backup)|cluster\.|proxy\.|recordings\.|logs\.(storage|change-feed|recordings))/,
    cluster,
  ],
  [/^(version\.agents|agent\.|logs\.)/, agent],
  [/^quota\./, kind(/^Namespace$/)],
  [/^resources\.token/, kind(/^TeleportProvisionToken$/)],
  [/^resources\.role/, kind(/^TeleportRole/)],
  [/^resources\.reconciled/, kind(/^Teleport(?!Role|ProvisionToken)/)],
  [/^resources\.deletion/, kind(/^Teleport/)],
  [/^exposure\.service/, kind(/^ServicePatch$/)],
  [/^exposure\.listener/, kind(/^Listener$/)],
  [/^exposure\.target-group/, kind(/^TargetGroup$/)],
  [/^exposure\.targets/, kind(/^(TargetGroup|Attachment|TargetGroupAttachment)$/)],
  [/^exposure\.security-groups/, kind(/^SecurityGroup/)],
  [/^dns\./, kind(/^Record$/)],
  [/^apps\./, kind(/^TeleportAppV3$/)],
  [/^drift\./, () => true],
];

/** Whether the resources of a check are known. */
export const isPlaced = (id: string): boolean => PLACES.some(([pattern]) => pattern.test(id));

/** Whether a finding names a resource, or one of its pods. */
function names(seen: string, word: string): boolean {
  const plain = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return word !== "" && new RegExp(`(?<![\\w*.-])${plain}(-\\d+)?(?![\\w-]|\\.\\w)`).test(seen);
}

const named = ({ id, seen }: CheckResult, resource: GraphResource): boolean =>
  id.startsWith("drift.")
    ? names(seen, `${resource.type} ${resource.name}`)
    : [label(resource), getText(get(resource.inputs, "spec"), "path")].some((word) =>
        names(seen, word),
      );

/** Result of a check for one thing. */
interface Verdict {
  check: CheckResult;
  state: CheckState;
}

/** Result of a check for each of its things. If it names some of them, the others are ok. */
function verdicts<T>(check: CheckResult, about: readonly T[], isNamed: (thing: T) => boolean) {
  const bad = check.state === "failed" || check.state === "warning";
  const those = new Set(bad ? about.filter(isNamed) : []);
  // A failed comparison says nothing about any resource.
  const broken = bad && those.size === 0 && check.id.startsWith("drift.");
  const stateOf = (thing: T): CheckState => {
    if (broken) return "skipped";
    return those.size > 0 && !those.has(thing) ? "ok" : check.state;
  };
  return about.map((thing): [T, Verdict] => [thing, { check, state: stateOf(thing) }]);
}

const HEALTH: Record<CheckState, State> = {
  ok: "healthy",
  warning: "warning",
  failed: "failed",
  skipped: "unknown",
};

function told(found: readonly Verdict[]): string[] {
  const list = (state: CheckState) => found.filter((verdict) => verdict.state === state);
  const well = [...new Set(list("ok").map(({ check }) => check.id))];
  const unique = (state: CheckState, line: (check: CheckResult) => string) => [
    ...new Set(list(state).map(({ check }) => line(check))),
  ];
  return [
    ...unique("failed", ({ id, seen, remedy }) => `✗ ${id}: ${seen} (${remedy})`),
    ...unique("warning", ({ id, seen, remedy }) => `! ${id}: ${seen} (${remedy})`),
    ...(well.length === 0 ? [] : [`✓ ${well.join(", ")}`]),
    ...unique("skipped", ({ id, seen }) => `- ${id}: ${seen}`),
  ];
}

/**
 * The graph coloured by health: every box shows the results of the checks about it. A box without a result
 * is unknown. A box with an interrupted operation stays unfinished.
 */
export function withHealth(
  graph: Graph,
  resources: readonly GraphResource[],
  results: readonly CheckResult[],
): Graph {
  const found = new Map<string, Verdict[]>();
  const placed = new Set<string>();
  const add = (check: CheckResult, id: string, verdict: Verdict) => {
    placed.add(check.id);
    found.set(id, [...(found.get(id) ?? []), verdict]);
  };
  const apps = graph.exposure.nodes.filter((node) => node.kind === "app");
  for (const check of results) {
    const about = PLACES.find(([pattern]) => pattern.test(check.id))?.[1] ?? nothing;
    const things = resources.filter(about);
    for (const [resource, verdict] of verdicts(check, things, (one) => named(check, one))) {
      add(check, resource.id, verdict);
    }
    // Boxes without a resource: apps in an agent's configuration, and the internet.
    if (check.id === "apps.login") {
      const isNamed = ({ label: name, details }: GraphNode) =>
        [name, ...details.map((text) => text.replace(/^https:\/\//, ""))].some((word) =>
          names(check.seen, word),
        );
      for (const [node, verdict] of verdicts(check, apps, isNamed)) add(check, node.id, verdict);
    }
    if (check.id === "proxy.ping") add(check, "path/internet", { check, state: check.state });
  }
  const judged = (node: GraphNode): GraphNode => {
    const own = [node.id, ...node.resources.filter((id) => id !== node.id)].flatMap(
      (id) => found.get(id) ?? [],
    );
    const states = own.map(({ state }) => HEALTH[state]);
    const state = node.state === "unfinished" ? node.state : worstState(["unknown", ...states]);
    return { ...node, state, details: [...node.details, ...told(own)] };
  };
  const number = (state: CheckState) => results.filter((result) => result.state === state).length;
  const elsewhere = results.filter(({ id, state }) => state === "failed" && !placed.has(id));
  const source =
    `${graph.source} Verified: ${number("failed")} failed, ${count(number("warning"), "warning")}, ` +
    `${number("ok")} ok, ${number("skipped")} skipped.` +
    elsewhere.map(({ id, seen }) => ` ✗ ${id}: ${seen}.`).join("");
  const all = ({ nodes, ...rest }: Graph["exposure"]) => ({ ...rest, nodes: nodes.map(judged) });
  return { ...graph, source, exposure: all(graph.exposure), dependencies: all(graph.dependencies) };
}
