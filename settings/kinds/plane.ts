import { z } from "zod";
import { agents } from "../sections/agent";
import { apps } from "../sections/app";
import { certificate } from "../sections/certificate";
import { database } from "../sections/database";
import { dnsName } from "../sections/fields";
import { loadBalancer } from "../sections/load-balancer";
import { images } from "../sections/images";
import { aws, chart, kubernetes, namespace, vault } from "../sections/platform";
import { rbac } from "../sections/rbac";
import { remoteAgents } from "../sections/remote-agents";
import { resources } from "../sections/resources";
import { teleport } from "../sections/teleport";

/** A whole access plane: cluster, agents, load balancer. The kind of a stack that names none. */
export const planeSchema = z
  .strictObject({
    kind: z.literal("plane").default("plane"),
    clusterName: dnsName.describe("Teleport cluster name and public domain. Can never change."),
    namespace,
    kubernetes,
    vault,
    aws: aws.optional(),
    chart,
    images,
    certificate,
    database,
    teleport,
    nodePort: z
      .number()
      .int()
      .min(30000, "must be a node port, 30000-32767")
      .max(32767, "must be a node port, 30000-32767")
      .default(30443)
      .describe("Node port of the Service, and so the load balancer's target port."),
    agents,
    apps,
    remoteAgents,
    resources,
    rbac,
    loadBalancer: loadBalancer.optional(),
  })
  .describe("A whole access plane: cluster, operator, agents, load balancer. The default.");
