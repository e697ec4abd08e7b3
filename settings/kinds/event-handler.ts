import { z } from "zod";
import { eventHandler } from "../sections/event-handler";
import { plane } from "../sections/plane";
import { images } from "../sections/images";
import { chart, kubernetes, namespace } from "../sections/platform";

/** What sends the audit events of another stack's plane to a collector. */
export const eventHandlerSchema = z
  .strictObject({
    kind: z.literal("event-handler"),
    plane,
    namespace,
    kubernetes,
    chart,
    images,
    eventHandler,
  })
  .describe("What sends audit events to a collector, in the cluster of another stack's plane.");
