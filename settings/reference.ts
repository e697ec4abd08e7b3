import { kindJsonSchema, settingsJsonSchema, type JsonSchema } from "./json-schema";
import { KINDS, kindsWithSection, NAMESPACE } from "./schema";
import { tagOf } from "./shape";

interface Row {
  key: string;
  kind: string;
  standard: string;
  about: string;
}

function kind(schema: JsonSchema): string {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return "mapping";
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === "array") return `list of ${kind(schema.items ?? {})}`;
  if (schema.type === "object") {
    const { additionalProperties: values } = schema;
    if (typeof values !== "object") return "mapping";
    return values.properties === undefined ? "mapping to text" : "mappings by name";
  }
  const names: Record<string, string> = {
    string: "text",
    integer: "whole number",
    number: "number",
    boolean: "true or false",
  };
  return names[schema.type ?? ""] ?? "any";
}

function standard(schema: JsonSchema, required: boolean): string {
  if (required) return "**required**";
  return schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "\\<");

/** Rows of a schema's fields, nested fields included. */
function rows(schema: JsonSchema, prefix = ""): Row[] {
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches !== undefined) {
    const seen = new Set<string>();
    const tag = tagOf(branches);
    const valueOf = ({ properties = {} }: JsonSchema) => String(properties[tag ?? ""]?.const);
    return branches
      .flatMap((branch) => rows(branch, prefix))
      .filter(({ key }) => !seen.has(key) && seen.add(key))
      .map((row) => {
        const name = row.key.slice(prefix.length);
        const having = branches.filter((b) => Object.hasOwn(b.properties ?? {}, name));
        if (name === tag) {
          const kinds = branches.map((b) => `\`${valueOf(b)}\``);
          return { ...row, kind: kinds.join(", "), about: "Which of these it is." };
        }
        if (having.length === branches.length || name.includes(".")) return row;
        const users = having.map(valueOf);
        return {
          ...row,
          ...(tag === undefined ? { standard: "" } : {}),
          about:
            (tag === undefined ? "One of value and secret. " : `With ${users.join(", ")}. `) +
            row.about,
        };
      });
  }
  if (schema.properties === undefined) return byName(schema, prefix);
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const key = `${prefix}${name}`;
    const required = schema.required?.includes(name) ?? false;
    const row = {
      key,
      kind: kind(field),
      standard: standard(field, required),
      about: field.description ?? "",
    };
    const inner =
      field.type === "array" ? rows(field.items ?? {}, `${key}[].`) : rows(field, `${key}.`);
    return [row, ...inner];
  });
}

/** Rows of the values of a mapping by name. */
function byName(schema: JsonSchema, prefix: string): Row[] {
  const { additionalProperties: values } = schema;
  return typeof values === "object" && values.properties !== undefined
    ? rows(values, `${prefix}<name>.`)
    : [];
}

/** Kinds of stack that have a section, and kinds that require it. */
function kindsText(section: string): string {
  const all = Object.keys(KINDS);
  const kinds = kindsWithSection(section);
  const needing = kinds.filter((kind) => kindJsonSchema(kind).required?.includes(section));
  if (section === "kind" || (kinds.length === all.length && needing.length === 0)) return "";
  const each = kinds.map((kind) => `\`${kind}\`${needing.includes(kind) ? " (required)" : ""}`);
  return `Kinds: ${each.join(", ")}.`;
}

/** The reference of all settings as Markdown, with one table for each section. */
export function settingsReference(): string {
  const { properties } = settingsJsonSchema();
  const lines = [
    "# Settings of a stack",
    "",
    "<!-- Made from settings/schema.ts by `npm run generate:schema`; do not edit. -->",
    "",
    "A stack is a file `Pulumi.<stack>.yaml`. Each section below is one key of its `config`. Editors",
    "complete and check it when its first line is",
    "`# yaml-language-server: $schema=./settings/stack.schema.json`. Whatever is wrong is reported",
    "at once, before anything is deployed; `bin/access-plane plan --stack <stack>` checks a file in seconds.",
    "Secrets stay in Vault: settings name their paths, and an encrypted setting is refused.",
    "",
    "| kind of stack | what it deploys |",
    "|---|---|",
    ...Object.entries(KINDS).map(
      ([kind, schema]) => `| \`${kind}\` | ${cell(schema.description ?? "")} |`,
    ),
    "",
  ];
  for (const [name, section] of Object.entries(properties)) {
    lines.push(`## \`${NAMESPACE}:${name}\``, "");
    lines.push([cell(section.description ?? ""), kindsText(name)].filter(Boolean).join(" "), "");
    const fields = rows(section);
    if (fields.length === 0) {
      const value =
        section.default === undefined ? "" : ` Default: \`${JSON.stringify(section.default)}\`.`;
      lines.push(`Kind: ${kind(section)}.${value}`, "");
      continue;
    }
    lines.push("| key | kind | default | meaning |", "|---|---|---|---|");
    for (const row of fields) {
      lines.push(`| \`${row.key}\` | ${row.kind} | ${row.standard} | ${cell(row.about)} |`);
    }
    lines.push("");
  }
  return lines.join("\n").trimEnd() + "\n";
}
