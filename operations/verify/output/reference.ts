import { byGroup, type Check } from "../check";

const escape = (text: string): string => text.replace(/\|/g, "\\|").replace(/</g, "\\<");

/** The checks as Markdown tables, one for each group, for docs/verify.md. */
export function reference(
  checks: readonly Pick<Check, "id" | "before" | "expected" | "remedy">[],
): string {
  return byGroup(checks)
    .map(([group, members]) =>
      [
        `### ${group}`,
        "",
        "| id | when | expected | when it is not |",
        "| -- | ---- | -------- | ------------- |",
        ...members.map(
          ({ id, before, expected, remedy }) =>
            `| \`${id}\` | ${before === true ? "before" : "after"} | ${escape(expected)} | ${escape(remedy)} |`,
        ),
      ].join("\n"),
    )
    .join("\n\n");
}
