import { explain } from "./explain";
import { pathText, related, scrub, type Problem } from "./problem";
import { repair } from "./repair";
import { checkRules } from "./rules";
import { settingsSchema, type Settings } from "./schema";

/** A finding with its place as a stack file writes it. */
export interface Finding {
  path: string;
  message: string;
}

/** Settings ready for use, or everything that keeps them from being so. */
export type Parsed =
  | { settings: Settings; problems?: undefined; warnings: Finding[] }
  | { settings?: undefined; problems: Finding[]; warnings: Finding[] };

const finding = ({ path, message }: Problem): Finding => ({
  path: scrub(pathText(path)),
  message: scrub(message),
});

/** Checks settings: sections by name, as decoded from stack config. Pure; shows no secret. */
export function parseSettings(raw: Record<string, unknown>): Parsed {
  const result = settingsSchema.safeParse(raw);
  if (result.success) {
    const { problems, warnings } = checkRules(result.data);
    const found = { warnings: warnings.map(finding) };
    return problems.length === 0
      ? { ...found, settings: result.data }
      : { ...found, problems: problems.map(finding) };
  }
  const broken = result.error.issues.flatMap((issue) => explain(issue, raw));
  const blocked = broken.flatMap(({ path, involves }) => involves ?? [path]);
  const rest = repair(raw);
  const fromRules =
    rest === undefined ? { problems: [], warnings: [] } : checkRules(rest.settings, rest.absent);
  const trusted = ({ path, involves = [] }: Problem) =>
    ![path, ...involves].some((p) => blocked.some((b) => related(p, b)));
  const restored = (list: Problem[]) =>
    list
      .map((problem) => ({
        ...problem,
        path: rest?.original(problem.path) ?? problem.path,
        involves: problem.involves?.map((path) => rest?.original(path) ?? path) ?? [],
      }))
      .filter(trusted)
      .map(finding);
  return {
    problems: [...broken.map(finding), ...restored(fromRules.problems)],
    warnings: restored(fromRules.warnings),
  };
}
