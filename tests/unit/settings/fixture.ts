import * as fs from "node:fs";
import { parse } from "yaml";
import { remembered } from "../../../operations/base/remembered";

/** Sections of the reference stack as they are written, by name. They have no type, so that tests can break them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Sections = Record<string, any>;

/** A fresh copy of the reference stack's sections. */
export const goodSettings = (stack = "prod"): Sections => sectionsOf(`Pulumi.${stack}.yaml`);

/** Sections of a stack file. */
export const sectionsOf = (file: string): Sections =>
  structuredClone(sectionsIn(fs.readFileSync(file, "utf8")));

const sectionsIn = remembered((text): Sections => {
  const { config } = parse(text) as { config: Sections };
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith("access-plane:"))
      .map(([key, value]) => [key.replace(/^access-plane:/, ""), value]),
  );
});
