import * as fs from "node:fs";
import * as path from "node:path";
import { formatted } from "../teleport/generate/formatted";
import { stackJsonSchema } from "./json-schema";
import { settingsReference } from "./reference";

/** The schema, with one line for each resource's spec, because these are most of the file. */
function stackSchemaText(): string {
  const schema = stackJsonSchema();
  const specs = Object.entries((schema as { $defs: object }).$defs);
  const lines = specs.map(([name, spec]) => `    ${JSON.stringify(name)}: ${JSON.stringify(spec)}`);
  const text = JSON.stringify({ ...schema, $defs: "SPECS" }, undefined, 2);
  return `${text.replace('"SPECS"', () => `{\n${lines.join(",\n")}\n  }`)}\n`;
}

/** Content of the files generated from the schema, by path from the root. */
export async function generated(): Promise<Record<string, string>> {
  return {
    "settings/stack.schema.json": stackSchemaText(),
    "docs/settings.md": await formatted("settings.md", settingsReference()),
  };
}

async function main(): Promise<void> {
  const root = path.resolve(__dirname, "..");
  for (const [file, text] of Object.entries(await generated())) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
    console.log(`wrote ${file}`);
  }
}

if (require.main === module) void main();
