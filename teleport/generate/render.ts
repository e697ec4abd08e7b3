import { ALL_KINDS, type TeleportKind } from "../resources/kinds";
import type { Shape } from "../resources/shape";
import { formatted } from "./formatted";

const MARK = "Made from the Teleport operator's CRDs by `npm run generate`; do not edit.";

/** Minimum length of a shared shape's text to get a name. */
const WORTH_A_NAME = 300;

/** Names of shapes that occur several times, by their JSON text. Inner shapes are first. */
function sharedShapes(shapes: Record<TeleportKind, Shape>): Map<string, string> {
  const first = new Map<string, string>();
  const shared = new Map<string, string>();
  const visit = (shape: Shape, name: string): void => {
    const text = JSON.stringify(shape);
    if (text.length < WORTH_A_NAME || shared.has(text)) return;
    const firstName = first.get(text);
    if (firstName !== undefined) {
      shared.set(text, firstName);
      return;
    }
    first.set(text, name);
    for (const [field, inner] of Object.entries(shape)) visit(inner as Shape, `${name}_${field}`);
  };
  for (const kind of ALL_KINDS) visit(shapes[kind], kind.replace("Teleport", ""));
  return shared;
}

/** Content of the generated file: the shapes as constants, from which the types are derived. */
export async function render(shapes: Record<TeleportKind, Shape>): Promise<string> {
  const shared = sharedShapes(shapes);
  const inner = (shape: Shape): string => {
    if (typeof shape === "string") return JSON.stringify(shape);
    if (Array.isArray(shape)) return `[${literal(shape[0])}]`;
    const fields = Object.entries(shape).map(
      ([field, value]) => `${JSON.stringify(field)}: ${literal(value)}`,
    );
    return `{ ${fields.join(", ")} }`;
  };
  const literal = (shape: Shape): string => shared.get(JSON.stringify(shape)) ?? inner(shape);
  const constants = [...shared].map(
    ([text, name]) => `const ${name} = ${inner(JSON.parse(text) as Shape)} as const;\n\n`,
  );
  const kinds = ALL_KINDS.map((kind) => `${kind}: ${literal(shapes[kind])},`);
  return await formatted(
    "shapes.ts",
    `/** ${MARK} */\n\n${constants.join("")}/** Shape of each kind's spec. */\n` +
      `export const SHAPES = {\n${kinds.join("\n")}\n} as const;\n`,
  );
}
