import Table from "cli-table3";
import { isMapping } from "../../teleport/values";

type Row = [name: string, value: string];

/** One row per value. Names of nested values are joined by dots. */
function rows(outputs: Record<string, unknown>, prefix = ""): Row[] {
  return Object.entries(outputs).flatMap(([key, value]): Row[] => {
    const name = prefix + key;
    if (isMapping(value) && Object.keys(value).length > 0) return rows(value, `${name}.`);
    if (typeof value === "string") return [[name, value]];
    const plain = Array.isArray(value) && value.every((item) => typeof item !== "object");
    return [[name, plain ? value.join(", ") : JSON.stringify(value)]];
  });
}

/** Outputs of a stack as a table. Nested values, such as the apps of agents, have their own rows. */
export function outputsText(outputs: Record<string, unknown>, color: boolean): string {
  const table = new Table({
    head: ["output", "value"],
    style: { head: color ? ["bold"] : [], border: color ? ["gray"] : [] },
  });
  table.push(...rows(outputs));
  return table.toString();
}
