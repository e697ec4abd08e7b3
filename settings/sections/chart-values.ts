import { z } from "zod";
import { type Chart, valuesShape } from "../../teleport/chart-values/extra-values";
import { schemaOf } from "./custom-resource";

/** Any other values of a chart. Built when first needed. */
export const chartValues = (chart: Chart) =>
  z
    .lazy(() => schemaOf(valuesShape(chart)) as z.ZodType<Record<string, unknown>>)
    .meta({ id: `values of ${chart}` })
    .prefault({})
    .describe(
      `Other values of chart ${chart}, merged last; those that a setting decides are refused. Default: none.`,
    );
