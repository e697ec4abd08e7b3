import type { z } from "zod";
import { withCatalogue } from "./catalogue";
import { changedCharts } from "./chart-digests";
import { Explainer } from "./explain";
import { withJwks } from "./jwks-files";
import { pathText, related, show, type SettingsProblem, type Problem } from "./problem";
import { repair } from "./repair";
import { checkNamesOf, checkRules } from "./rules";
import { withResourceFiles } from "./resource-files";
import { kindOf, KINDS, type Kind, type Settings } from "./schema";
import { hide, hideIn, scrub } from "./secret-shapes";
import { unusableSettings } from "./unusable-settings";
import { didYouMean } from "../teleport/did-you-mean";
import type { Written } from "./stack-document";
import { unicodeEscape, UNSEEN } from "./unseen-characters";

export type { SettingsProblem } from "./problem";

/** Valid settings, or all of their problems. */
export type Parsed =
  | { settings: Settings; problems?: undefined; warnings: SettingsProblem[] }
  | { settings?: undefined; problems: SettingsProblem[]; warnings: SettingsProblem[] };

const finding = ({ path, message }: Problem): SettingsProblem => ({
  path: pathText(path),
  message,
});

/** Longest word that is shown in full, in characters. */
const LONGEST_WORD = 300;

const STEERING = new RegExp(`[\\p{Cc}${UNSEEN}]`, "gu");

/** A text for a terminal: without control characters, marks of direction and very long words. */
const printable = (text: string): string =>
  text
    .replace(STEERING, unicodeEscape)
    .replace(new RegExp(`\\S{${LONGEST_WORD},}`, "g"), (word) => `${word.slice(0, 80)}…`);

/** Problem of an unknown kind. Without a kind nothing else can be checked. */
function unknownKind(kind: unknown): Problem {
  const choices = Object.keys(KINDS);
  const meant = typeof kind === "string" ? didYouMean(kind, choices) : undefined;
  return {
    path: ["kind"],
    message:
      `is ${show(kind, ["kind"])}, must be one of ${choices.join(", ")}` +
      (meant === undefined ? "." : `; did you mean ${meant}?`),
  };
}

/**
 * Checks settings, given as sections by name from stack config. Reads only the files that they name,
 * relative to the folder. Messages show no secret.
 */
export function parseSettings(
  sections: Record<string, unknown>,
  folder = process.cwd(),
  written: Written = () => undefined,
): Parsed {
  const catalogue = withCatalogue(sections, folder);
  const resources = withResourceFiles(catalogue.raw, folder);
  const { raw } = resources;
  const inFiles = (found: SettingsProblem) => resources.inFiles(catalogue.inFiles(found));
  const keys = withJwks(raw, folder);
  const kind = kindOf(raw);
  const { secrets, problems: unusable } = unusableSettings(keys.raw, kind);
  const say = ({ path, message }: SettingsProblem): SettingsProblem => ({
    path: printable(scrub(hide(path, secrets))),
    message: printable(scrub(hideIn(message, secrets))),
  });
  const lost = unusable.map((problem) => inFiles(finding(problem)));
  const parsed = parse(
    keys.raw,
    kind,
    (path) => catalogue.written(path) ?? resources.written(path) ?? written(path),
  );
  const warnings = parsed.warnings.map((one) => say(inFiles(one)));
  const first = [
    ...catalogue.problems,
    ...resources.problems,
    ...keys.problems,
    ...changedCharts(raw, folder),
    ...lost,
  ];
  if (parsed.settings !== undefined && first.length === 0) return { ...parsed, warnings };
  // Do not report a secret as a value of a wrong form too.
  const told = new Set(lost.map(({ path }) => path));
  const rest = (parsed.problems ?? []).map(inFiles).filter(({ path }) => !told.has(path));
  return { problems: [...first, ...rest].map(say), warnings };
}

const isSafeBound = (issue: z.core.$ZodIssue) =>
  issue.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER;

/** The first problem at each place, because several checks may report the same value. */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  const places = new Set<string>();
  return problems.filter(({ path }) => {
    const place = JSON.stringify(path);
    return !places.has(place) && places.add(place);
  });
}

function parse(raw: Record<string, unknown>, kind: Kind | undefined, written: Written): Parsed {
  if (kind === undefined) return { problems: [finding(unknownKind(raw["kind"]))], warnings: [] };
  const names = checkNamesOf(raw);
  const result = KINDS[kind].safeParse(raw, { jitless: true });
  if (result.success) {
    const rules = checkRules(result.data);
    const problems = [...names.problems, ...rules.problems];
    const found = { warnings: [...names.warnings, ...rules.warnings].map(finding) };
    return problems.length === 0
      ? { ...found, settings: result.data }
      : { ...found, problems: problems.map(finding) };
  }
  const explainer = new Explainer(kind, raw, written);
  // zod's own bound of whole numbers says less than ours.
  const issues = result.error.issues.toSorted(
    (a, b) => Number(isSafeBound(a)) - Number(isSafeBound(b)),
  );
  const broken = firstOfEach(issues.flatMap((issue) => explainer.explain(issue)));
  const blocked = broken.flatMap(({ path, involves }) => involves ?? [path]);
  const rest = repair(raw, kind);
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
    problems: [...[...broken, ...names.problems].map(finding), ...restored(fromRules.problems)],
    warnings: [...names.warnings.map(finding), ...restored(fromRules.warnings)],
  };
}
