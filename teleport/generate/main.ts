import * as fs from "node:fs";
import * as path from "node:path";
import { CRD_PLACES, specShapes } from "./crds";
import { render } from "./render";
import { valueShapes } from "./values";
import { stampVersion } from "./version-stamps";

/** Directory of generated files. */
export const TARGET = path.resolve(__dirname, "../generated");

/** Shapes of the charts' values. */
export const VALUES_TARGET = path.resolve(__dirname, "../chart-values/shapes.json");

/** Content of {@link VALUES_TARGET}. */
export const valuesText = (shapes: object): string => `${JSON.stringify(shapes)}\n`;

/**
 * `npm run generate -- [DIRECTORY OF CRDS]`: writes types and shapes of the operator's kinds, and the
 * charts' version into the files that repeat it.
 */
async function main([given]: string[]): Promise<void> {
  const directory = given ?? CRD_PLACES.find((place) => fs.existsSync(place));
  if (directory === undefined) throw new Error("give the directory that holds the CRDs");
  const files = await render(specShapes(directory));
  fs.rmSync(TARGET, { recursive: true, force: true });
  fs.mkdirSync(TARGET, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(TARGET, name), text);
  }
  const shapes = valueShapes();
  if (shapes !== undefined) fs.writeFileSync(VALUES_TARGET, valuesText(shapes));
  stampVersion(path.resolve(__dirname, "../.."));
  console.log(`${Object.keys(files).length} files made from ${path.relative(".", directory)}`);
}

if (require.main === module) {
  void main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
