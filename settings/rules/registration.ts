import { appsByRegistration, placeApps, type AppSettings } from "../../inventory/apps";
import { servesApps } from "../../teleport/apps/app";
import { staticOnly } from "../../teleport/apps/registration";
import { configSize, MOST_BYTES } from "../../teleport/apps/size";
import { staticApp } from "../../teleport/apps/static-app";
import type { Path } from "../problem";
import { hint } from "../../teleport/did-you-mean";
import { checkedApps } from "./placed-apps";
import { rule, type Report, type Rule } from "./rule";

/** Rules about how apps are registered, with which agent, and how many one stack may have. */

/** The settings that an app's registration depends on. */
const SHARED: readonly Path[] = [["apps", "registration"], ["agents"]];

const forms = rule({
  needs: [],
  check(settings, report) {
    const { kind } = settings;
    for (const { app, at, requested, registration, injected } of checkedApps(settings)) {
      const involves = [at("rewrite"), at("labels"), ...SHARED];
      const needs = staticOnly(app, injected)?.reason;
      if (kind === "agent" && requested === "dynamic") {
        report.problem(
          at("registration"),
          "is dynamic, but this stack's cluster has no Teleport operator: remove it, or put the app into a stack of kind apps.",
        );
      } else if (requested === "dynamic" && needs !== undefined) {
        report.problem(at("registration"), `is dynamic, but ${needs}: use auto.`, involves);
      } else if (kind === "apps" && registration === "static") {
        report.problem(
          at(),
          needs === undefined
            ? "is static, but a stack of kind apps has no agent with a configuration: use auto."
            : `must be static, as ${needs}, and this stack has no agent: put it into the plane's stack.`,
          involves,
        );
      }
    }
  },
});

function checkRelease(
  path: Path,
  release: string,
  agents: NonNullable<AppSettings["agents"]>,
  report: Report,
): void {
  const agent = Object.hasOwn(agents, release) ? agents[release] : undefined;
  if (agent !== undefined) {
    if (servesApps(agent)) return;
    report.problem(path, `is "${release}", which serves no apps: set its dynamicApps to true.`, [
      ["agents", release],
    ]);
    return;
  }
  const known = Object.keys(agents);
  report.problem(
    path,
    `is "${release}", which is not an agent of this stack` +
      hint(release, known, ` (${known.join(", ") || "none"}).`),
    [["agents"]],
  );
}

const servers = rule({
  needs: [],
  check({ kind, agents, apps }, report) {
    if (apps === undefined) return;
    if (kind !== "apps") {
      for (const [index, release] of (apps.agents ?? []).entries()) {
        checkRelease(["apps", "agents", index], release, agents ?? {}, report);
      }
      for (const [name, { agent }] of Object.entries(apps.entries)) {
        if (agent === undefined) continue;
        checkRelease(["apps", "entries", name, "agent"], agent, agents ?? {}, report);
      }
    }
    const placed = placeApps({ apps, agents });
    const lost = placed.find(({ release }) => release === undefined);
    if (lost === undefined) return;
    report.problem(
      ["apps", ...(kind === "apps" ? ["agents"] : [])],
      kind === "apps"
        ? "is missing; add it: releases of the plane's agents that serve these apps."
        : "has apps, but no agent serves them: set dynamicApps of one agent to true.",
      [["agents"]],
    );
  },
});

const KIB = 1024;
const kib = (bytes: number) => `${Math.ceil(bytes / KIB)} KiB`;

const sizes = rule({
  needs: ["clusterName"],
  check(settings, report) {
    const placed = placeApps(settings);
    for (const release of Object.keys(settings.agents ?? {})) {
      const { staticApps } = appsByRegistration(release, placed);
      const size = configSize(staticApps.map((app) => staticApp(app, settings.clusterName)));
      const largest = Math.max(size.configMap, size.release);
      if (largest <= MOST_BYTES * 0.8) continue;
      const agents = Math.ceil((largest / MOST_BYTES) * 1.25);
      const path = ["agents", release];
      const about =
        `has ${staticApps.length} static apps, which make a ConfigMap of about ${kib(size.configMap)} and a ` +
        `release of about ${kib(size.release)}, but each may have at most ${kib(MOST_BYTES)}`;
      if (largest > MOST_BYTES) {
        report.problem(
          path,
          `${about}: share the catalogue among ${agents} agents, or let apps without secrets be dynamic.`,
          [["apps"]],
        );
      } else report.warning(path, `${about}.`, [["apps"]]);
    }
  },
});

/** Above this number, a stack on a backend with one state file becomes slow. */
const MANY_RESOURCES = 500;

/** Seconds of a first update of this many apps there: measured with 1,000, quadratic. */
const seconds = (apps: number) => Math.round(8 + 75 * (apps / 1000) ** 2);

const tooMany = rule({
  needs: [],
  check(settings, report) {
    const dynamic = placeApps(settings).filter(({ registration }) => registration === "dynamic");
    if (dynamic.length <= MANY_RESOURCES) return;
    report.warning(
      ["apps"],
      `makes ${dynamic.length} resources of this stack. On a self-managed backend a first update takes about ` +
        `${seconds(dynamic.length)} s and grows with the square of their number, and previews take long: split them ` +
        `over ${Math.ceil(dynamic.length / MANY_RESOURCES)} stacks of kind apps, one per team.`,
    );
  },
});

export const registrationRules: readonly Rule[] = [forms, servers, sizes, tooMany];
