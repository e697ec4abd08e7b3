import type { Adoption } from "./adopt";
import { shortType } from "../base/urn";

/** The result of an adoption, as text. */
export function adoptionText(stack: string, adoption: Adoption): string {
  const { found, missing, unmanaged, report, importFile, imported, backup } = adoption;
  return [
    `There already, ${found.length}:`,
    ...found.map(({ type, name, id }) => `  ${shortType(type)} ${name}: ${id}`),
    "",
    `Made by the first update, ${missing.length}:`,
    ...missing.map(({ type, name }) => `  ${shortType(type)} ${name}`),
    "",
    ...(unmanaged.length === 0
      ? []
      : [
          `Not the program's, ${unmanaged.length}; stays as it is, and nothing deploys it any more:`,
          ...unmanaged.map((line) => `  ${line}`),
          "",
        ]),
    `Import list: ${importFile}`,
    "",
    report,
    imported
      ? `Imported. The state as it was is kept in ${backup ?? "its backend"}; to go back, see docs/adoption.md.`
      : `Nothing was imported. When this is what you want: access-plane adopt --stack ${stack} --yes`,
    "",
  ].join("\n");
}
