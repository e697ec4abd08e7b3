import { z } from "zod";
import { agents } from "../sections/agent";
import { plane } from "../sections/plane";
import { images } from "../sections/images";
import { chart, kubernetes, namespace, vault } from "../sections/platform";

/** Agents in a cluster of their own, which join the plane of another stack. */
export const agentSchema = z
  .strictObject({
    kind: z.literal("agent"),
    plane,
    namespace,
    kubernetes,
    vault,
    chart,
    images,
    agents,
  })
  .describe("Agents in another Kubernetes cluster, which join the plane of another stack.");
