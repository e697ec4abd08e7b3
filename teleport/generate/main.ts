import * as fs from "node:fs";
import * as path from "node:path";
import { CRD_PLACES, specShapes } from "./crds";
import { render } from "./render";
import { valueShapes } from "./values";
import { stampVersion } from "./version-stamps";

/** Shapes of the operator's kinds. */
export const TARGET = path.resolve(__dirname, "../generated/shapes.ts");

/** Shapes of the charts' values. */
export const VALUES_TARGET = path.resolve(__dirname, "../chart-values/shapes.json");

/** Content of {@link VALUES_TARGET}. */
export const valuesText = (shapes: object): string => `${JSON.stringify(shapes)}\n`;

/**
 * `npm run generate -- [DIRECTORY OF CRDS]`: writes the shapes of the operator's kinds and of the charts'
 * values, and the charts' version into the files that repeat it.
 */
async function main([given]: string[]): Promise<void> {
  const directory = given ?? CRD_PLACES.find((place) => fs.existsSync(place));
  if (directory === undefined) throw new Error("give the directory that holds the CRDs");
  fs.writeFileSync(TARGET, await render(specShapes(directory)));
  const shapes = valueShapes();
  if (shapes !== undefined) fs.writeFileSync(VALUES_TARGET, valuesText(shapes));
  stampVersion(path.resolve(__dirname, "../.."));
  console.log(`${path.relative(".", TARGET)} made from ${path.relative(".", directory)}`);
}

if (require.main === module) {
  void main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
