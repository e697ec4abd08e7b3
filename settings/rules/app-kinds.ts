import { appFaults, MARK_FAULT, ownLabelFaults } from "../../teleport/apps/faults";
import { PLACEHOLDER } from "../../teleport/headers/header";
import { checkedApps, type CheckedApp } from "./placed-apps";
import { repeated, reportFaults, rule, type Report, type Rule } from "./rule";

/**
 * Rules about each app by itself, in the agents' sections and in the catalogue; teleport/checks applies the same to
 * those declared as resources.
 */

function checkPrefixes({ app, at }: CheckedApp, report: Report): void {
  for (const [index, header] of app.rewrite.headers.entries()) {
    if (!("secret" in header)) continue;
    const { prefix } = header.secret;
    const path = at("rewrite", "headers", index, "secret", "prefix");
    if (PLACEHOLDER.test(prefix)) report.problem(path, MARK_FAULT);
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(prefix)) {
      report.problem(
        path,
        "has a line break or another control character, which is not allowed in a header.",
      );
    }
    if (/[{}]/.test(prefix)) {
      report.problem(
        path,
        "holds a brace, and templates are not expanded next to a secret: remove it.",
      );
    }
  }
}

const each = rule({
  needs: [],
  check(settings, report) {
    const apps = checkedApps(settings);
    for (const one of apps) {
      const faults = [...appFaults(one.app), ...ownLabelFaults(one.app)];
      reportFaults(faults, (path) => one.at(...path), report);
      checkPrefixes(one, report);
    }
    const addressed = apps.flatMap((one) => {
      const href = URL.parse(one.app.uri ?? "")?.href;
      return href === undefined ? [] : [{ ...one, href }];
    });
    repeated(
      addressed,
      ({ href }) => href,
      (two, one) =>
        report.warning(
          two.at("uri"),
          `is that of app ${one.app.name} too: is one of them a leftover?`,
        ),
    );
  },
});

export const appKindRules: readonly Rule[] = [each];
