import { format } from "prettier";
import { ALL_KINDS, type TeleportKind } from "../resources/kinds";
import type { Shape } from "../resources/shape";

const MARK = "Made from the Teleport operator's CRDs by `npm run generate`; do not edit.";

const BASIC: Record<string, string> = {
  string: "string",
  duration: "string",
  "date-time": "string",
  boolean: "boolean",
  integer: "number",
  number: "number",
  "int-or-string": "number | string",
  strings: "string | string[]",
  any: "unknown",
};

const key = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

function typeOf(shape: Shape): string {
  if (typeof shape === "string") return BASIC[shape] ?? shape;
  if (Array.isArray(shape)) {
    const item = typeOf(shape[0]);
    return item.includes("|") && !item.includes("{") ? `(${item})[]` : `${item}[]`;
  }
  if (shape["*"] !== undefined) return `Record<string, ${typeOf(shape["*"])}>`;
  const fields = Object.entries(shape).map(([name, field]) => `${key(name)}?: ${typeOf(field)};`);
  return `{\n${fields.join("\n")}\n}`;
}

/** Name of a kind's spec type: `UserSpec` of TeleportUser. */
const specName = (kind: TeleportKind) => `${kind.replace(/^Teleport/, "")}Spec`;

const kebab = (name: string) =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]{2,})([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();

/** Kinds with equal specs share the type of the first. */
function groups(shapes: Record<TeleportKind, Shape>): TeleportKind[][] {
  const found = new Map<string, TeleportKind[]>();
  for (const kind of ALL_KINDS) {
    const text = JSON.stringify(shapes[kind]);
    found.set(text, [...(found.get(text) ?? []), kind]);
  }
  return [...found.values()];
}

/** Content of the generated files, by file name. */
export async function render(shapes: Record<TeleportKind, Shape>): Promise<Record<string, string>> {
  const typescript = (text: string) => format(text, { parser: "typescript", printWidth: 100 });
  const files: Record<string, string> = {};
  const imports: string[] = [];
  const compact: Record<string, Shape> = {};
  const equal: Record<string, TeleportKind> = {};
  for (const [first, ...others] of groups(shapes)) {
    if (first === undefined) continue;
    compact[first] = shapes[first];
    for (const other of others) equal[other] = first;
    const file = kebab(specName(first).replace(/Spec$/, ""));
    const aliases = others.map((kind) => `export type ${specName(kind)} = ${specName(first)};\n`);
    files[`${file}.ts`] = await typescript(
      `/** ${MARK} */\n\nexport interface ${specName(first)} ${typeOf(shapes[first])}\n` +
        (aliases.length > 0 ? `\n${aliases.join("")}` : ""),
    );
    const names = [first, ...others].map(specName).join(", ");
    imports.push(`import type { ${names} } from "./${file}";`);
  }
  const specs = ALL_KINDS.map((kind) => `${kind}: ${specName(kind)};`).join("\n");
  const names = ALL_KINDS.map(specName).join(", ");
  files["index.ts"] = await typescript(
    `/** ${MARK} */\n\n${imports.join("\n")}\n\nexport type { ${names} };\n\n` +
      `/** Spec of each kind. */\nexport interface Specs {\n${specs}\n}\n`,
  );
  const lines = Object.entries(compact).map(
    ([kind, shape]) => `    ${JSON.stringify(kind)}: ${JSON.stringify(shape)}`,
  );
  files["shapes.json"] =
    `{\n  "$comment": ${JSON.stringify(MARK)},\n  "equal": ${JSON.stringify(equal)},\n` +
    `  "shapes": {\n${lines.join(",\n")}\n  }\n}\n`;
  return files;
}
