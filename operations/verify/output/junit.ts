import { create } from "xmlbuilder2";
import { byGroup, type CheckResult } from "../check";

/** Logs may contain characters that XML does not allow. */
const CLEAN = { invalidCharReplacement: "\ufffd" };

const secondsOf = (results: readonly CheckResult[]): string =>
  (Math.max(0, ...results.map(({ milliseconds }) => milliseconds)) / 1000).toFixed(3);

/** Results as JUnit XML, with a suite for each group. Warnings pass; their text is output. */
export function junit(results: readonly CheckResult[]): string {
  const tally = (list: readonly CheckResult[]) => ({
    tests: list.length,
    failures: list.filter(({ state }) => state === "failed").length,
    skipped: list.filter(({ state }) => state === "skipped").length,
    time: secondsOf(list),
  });
  const root = create({ version: "1.0", encoding: "UTF-8", ...CLEAN }).ele("testsuites", {
    name: "access-plane verify",
    ...tally(results),
  });
  for (const [group, members] of byGroup(results)) {
    const suite = root.ele("testsuite", { name: group, errors: 0, ...tally(members) });
    for (const { id, title, state, seen, expected, remedy, milliseconds } of members) {
      const test = suite.ele("testcase", {
        classname: `access-plane.${group}`,
        name: `${id}: ${title}`,
        time: (milliseconds / 1000).toFixed(3),
      });
      const details = `seen: ${seen}\nexpected: ${expected}\nremedy: ${remedy}`;
      if (state === "failed") test.ele("failure", { message: seen, type: id }).txt(details);
      else if (state === "skipped") test.ele("skipped", { message: seen });
      else test.ele("system-out").txt(state === "warning" ? `warning\n${details}` : seen);
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}
