import { label } from "./dependencies";
import {
  groupId,
  worstState,
  type Diagram,
  type GraphEdge,
  type GraphNode,
  type GraphResource,
} from "./model";
import { chartName } from "../../teleport/charts";
import { get, getText, list, mapping } from "../../teleport/values";
import { shortType } from "../base/urn";

/** More apps of an agent than this are drawn as one box. */
const MANY = 24;

interface Shape {
  id: string;
  kind: string;
  label: string;
  details?: string[];
  from: readonly GraphResource[];
  part?: string;
}

/** Whether a resource is a Helm release of this chart, from any source. */
export const isChart = (resource: GraphResource, chart: string) =>
  shortType(resource.type) === "Release" && chartName(getText(resource.inputs, "chart")) === chart;

function node({ id, kind, label, details = [], from, part = "" }: Shape): GraphNode {
  return {
    id: `path/${id}`,
    kind,
    label,
    part,
    state: worstState(from.map(({ state }) => state)),
    details,
    resources: from.map((resource) => resource.id),
  };
}

interface Reached {
  name: string;
  address: string;
  from: GraphResource;
}

const staticApps = (agent: GraphResource): Reached[] =>
  list(get(agent.inputs, "values", "apps")).map((app) => ({
    name: getText(app, "name"),
    address: getText(app, "public_addr"),
    from: agent,
  }));

/** Whether an agent's `app_service.resources` selects a registered app by its labels. */
function serves(agent: GraphResource, app: GraphResource): boolean {
  const labels = mapping(get(app.inputs, "metadata", "labels"));
  return list(get(agent.inputs, "values", "appResources")).some((matcher) =>
    Object.entries(mapping(get(matcher, "labels"))).every(([key, wanted]) => {
      const values = Array.isArray(wanted) ? wanted : [wanted];
      return values.includes("*") || values.includes(labels[key]);
    }),
  );
}

/** The resources of one kind that an agent serves: a group of boxes, or one box for many. */
function served(agent: GraphNode, things: readonly Reached[], kind: string, title: string) {
  if (things.length === 0) return { nodes: [], edges: [] };
  const part = things.length > MANY || things.length === 1 ? "" : title;
  const shapes: Shape[] =
    things.length > MANY
      ? [
          {
            id: `${title}/all`,
            kind,
            label: `${things.length} ${kind}s`,
            details: things.map(({ name, address }) =>
              address === "" ? name : `${name}: ${address}`,
            ),
            from: [...new Set(things.map(({ from }) => from))],
          },
        ]
      : things.map(({ name, address, from }) => ({
          id: `${title}/${name}`,
          kind,
          label: name,
          details: address === "" ? [] : [`https://${address}`],
          from: [from],
          part,
        }));
  const nodes = shapes.map(node);
  const to = part === "" ? (nodes[0]?.id ?? "") : groupId(part);
  return { nodes, edges: [{ from: agent.id, to }] satisfies GraphEdge[] };
}

/** The way in: internet, DNS, load balancer, node port, proxies, agents and their resources. */
export function exposureDiagram(resources: readonly GraphResource[]): Diagram {
  const ofType = (type: string) => resources.filter((r) => shortType(r.type) === type);
  const nodes: GraphNode[] = [
    node({ id: "internet", kind: "people", label: "Internet", from: [] }),
  ];
  const edges: GraphEdge[] = [];
  let at = nodes[0];
  const then = (shape: Shape, edge?: string) => {
    const next = node(shape);
    nodes.push(next);
    if (at !== undefined) edges.push({ from: at.id, to: next.id, label: edge });
    at = next;
  };

  const records = ofType("Record");
  if (records.length > 0) {
    const names = records.map(({ inputs }) => getText(inputs, "name"));
    then({ id: "dns", kind: "DNS", label: names[0] ?? "", details: names, from: records });
  }
  const [balancer] = ofType("LoadBalancer");
  const listeners = ofType("Listener");
  if (balancer !== undefined) {
    const cidrs = ofType("SecurityGroupIngressRule")
      .map(({ inputs }) => getText(inputs, "cidrIpv4") || getText(inputs, "cidrIpv6"))
      .filter((cidr) => cidr !== "");
    const port = getText(listeners[0]?.inputs, "port") || "443";
    then(
      {
        id: "balancer",
        kind: "network load balancer",
        label: getText(balancer.inputs, "name") || label(balancer),
        details: [`listens on ${port}`, `from ${cidrs.join(", ")}`],
        from: [balancer, ...listeners],
      },
      port,
    );
    const targets = [...ofType("TargetGroup")];
    const targetPort = getText(targets[0]?.inputs, "port");
    then(
      {
        id: "targets",
        kind: "target group",
        label: targetPort === "" ? "nodes" : `port ${targetPort}`,
        details: ["its port is the node port of the Service"],
        from: [...targets, ...ofType("Attachment"), ...ofType("TargetGroupAttachment")],
      },
      "TCP",
    );
  }
  const patches = ofType("ServicePatch");
  const nodePort = getText(patches[0]?.inputs, "spec", "ports", 0, "nodePort");
  const cluster = resources.filter((resource) => isChart(resource, "teleport-cluster"));
  if (cluster.length > 0) {
    then(
      {
        id: "service",
        kind: "Service",
        label: nodePort === "" ? "443" : `443:${nodePort}`,
        details: patches.map(label),
        from: patches.length > 0 ? patches : cluster,
      },
      nodePort,
    );
    const replicas = getText(
      cluster[0]?.inputs,
      "values",
      "proxy",
      "highAvailability",
      "replicaCount",
    );
    then({
      id: "proxy",
      kind: "proxies",
      label: replicas === "" ? "teleport-proxy" : `teleport-proxy × ${replicas}`,
      details: list(get(cluster[0]?.inputs, "values", "publicAddr")).map(String),
      from: cluster,
    });
  }
  const proxy = at;
  const dynamic = resources
    .filter(({ type }) => shortType(type) === "TeleportAppV3")
    .map((from) => ({
      name: label(from).split("/").at(-1) ?? "",
      address: getText(from.inputs, "spec", "public_addr"),
      from,
    }));
  const agents = resources.filter((resource) => isChart(resource, "teleport-kube-agent"));
  for (const release of agents) {
    const name = getText(release.inputs, "name") || release.name;
    const roles = getText(release.inputs, "values", "roles");
    const replicas = getText(release.inputs, "values", "highAvailability", "replicaCount");
    const agent = node({
      id: `agent/${name}`,
      kind: "agent",
      label: replicas === "" ? name : `${name} × ${replicas}`,
      details: [`roles ${roles}`, `joins at ${getText(release.inputs, "values", "proxyAddr")}`],
      from: [release],
    });
    nodes.push(agent);
    if (proxy !== undefined) edges.push({ from: proxy.id, to: agent.id, label: "reverse tunnel" });
    const parts = [
      served(agent, staticApps(release), "app", `apps of ${name}`),
      served(
        agent,
        dynamic.filter(({ from }) => serves(release, from)),
        "app",
        `registered apps of ${name}`,
      ),
      served(
        agent,
        list(get(release.inputs, "values", "databases")).map((database) => ({
          name: getText(database, "name"),
          address: "",
          from: release,
        })),
        "database",
        `databases of ${name}`,
      ),
      roles.includes("kube")
        ? served(
            agent,
            [
              {
                name: getText(release.inputs, "values", "kubeClusterName"),
                address: "",
                from: release,
              },
            ],
            "Kubernetes",
            `Kubernetes of ${name}`,
          )
        : { nodes: [], edges: [] },
    ];
    for (const part of parts) {
      nodes.push(...part.nodes);
      edges.push(...part.edges);
    }
  }
  return { title: "The way in", nodes, edges };
}
