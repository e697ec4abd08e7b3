import { z } from "zod";
import { apps } from "../sections/app";
import { plane } from "../sections/plane";
import { kubernetes, namespace } from "../sections/platform";

/** A catalogue of dynamic apps, which the agents of another stack's plane serve. */
export const appsSchema = z
  .strictObject({ kind: z.literal("apps"), plane, namespace, kubernetes, apps })
  .describe("A team's catalogue of dynamic apps, served by agents of another stack.");
