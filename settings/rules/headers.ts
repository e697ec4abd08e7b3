import { secretKeys } from "../../teleport/apps/app";
import { placeApps } from "../../inventory/apps";
import { hasSecret, sharedAddresses } from "../../teleport/headers/inject";
import { show, type Path } from "../problem";
import type { AgentSettings } from "../sections/agent";
import { hint } from "../../teleport/did-you-mean";
import { checkedApps } from "./placed-apps";
import { noRepeats, rule, type Report, type Rule } from "./rule";

/** Rules about the secrets in the headers that the agent sets; teleport/apps/faults.ts judges headers themselves. */

const secretHeaders = rule({
  needs: [],
  check(settings, report) {
    for (const { app, release, at } of checkedApps(settings)) {
      for (const [index, header] of app.rewrite.headers.entries()) {
        const agent = release === undefined ? undefined : settings.agents?.[release];
        if (!("secret" in header) || release === undefined || agent === undefined) continue;
        const path = at("rewrite", "headers", index, "secret", "key");
        checkKey(path, header.secret.key, release, agent, report);
      }
    }
  },
});

function checkKey(path: Path, key: string, release: string, agent: AgentSettings, report: Report) {
  const keys = agent.credentials?.keys;
  const involves: Path[] = [["agents", release, "credentials"]];
  const shown = /^[\w.-]{1,63}$/.test(key) ? show(key, ["name"]) : "[value not shown]";
  if (keys === undefined) {
    report.problem(
      path,
      `is ${shown}, but agents.${release}.credentials is missing: set its path and keys.`,
      involves,
    );
  } else if (!keys.includes(key)) {
    report.problem(
      path,
      `is ${shown}, which is not in agents.${release}.credentials.keys (${keys.join(", ")})` +
        hint(key, keys, ": add it there."),
      involves,
    );
  }
}

/** Requirements of the way in which secrets get into headers. */
const delivery = rule({
  needs: [],
  check(settings, report) {
    const apps = checkedApps(settings);
    for (const [release, { secretHeaders }] of Object.entries(settings.agents ?? {})) {
      const own = apps.filter((one) => one.release === release && hasSecret(one.app));
      const path: Path = ["agents", release, "secretHeaders"];
      if (own.length === 0) continue;
      if (secretHeaders === "rendered") {
        const names = own.map(({ app }) => app.name).join(", ");
        report.warning(
          path,
          `is rendered, so the secrets of ${names} are in Teleport's configuration, and every user who may open ` +
            "such an app can read them with `tsh apps ls --format=json`: set it to sidecar.",
          [["agents", release, "apps"], ["apps"]],
        );
        continue;
      }
      for (const { app, at } of own) {
        if (app.uri === undefined) {
          report.problem(
            at("rewrite", "headers"),
            "has a `secret`, which the sidecar can only add to requests to an http(s) uri: remove it.",
            [path],
          );
        }
      }
      for (const names of sharedAddresses(own.map(({ app }) => app))) {
        report.problem(
          path,
          `is sidecar, and apps ${names.join(" and ")} would get the same loopback address by a hash of their names: rename one.`,
          [["agents", release, "apps"], ["apps"]],
        );
      }
    }
  },
});

const credentialKeys = rule({
  needs: [],
  check(settings, report) {
    const placed = placeApps(settings);
    for (const [release, agent] of Object.entries(settings.agents ?? {})) {
      const apps = placed.filter((one) => one.release === release).map(({ app }) => app);
      checkUse(release, agent, new Set(apps.flatMap(secretKeys)), report);
    }
  },
});

function checkUse(
  release: string,
  agent: AgentSettings,
  used: ReadonlySet<string>,
  report: Report,
): void {
  const keys = agent.credentials?.keys ?? [];
  const at = (index: number): Path => ["agents", release, "credentials", "keys", index];
  noRepeats(keys, at, report);
  for (const [index, key] of keys.entries()) {
    if (used.has(key) || keys.indexOf(key) !== index) continue;
    report.warning(
      at(index),
      `is ${show(key, ["name"])}, which no header uses: remove it, so the agent gets no needless secret.`,
      [["agents", release, "apps"], ["apps"]],
    );
  }
}

export const headerRules: readonly Rule[] = [secretHeaders, delivery, credentialKeys];
