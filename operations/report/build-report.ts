import type { Settings } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";
import { accessBetween } from "./access";
import { appLines } from "./apps";
import { planOf, withBase } from "./base";
import { comparePlans } from "./compare-plans";
import { effects, type Effect } from "./effects";
import { enginePreview } from "./engine-preview";
import { reportMarkdown, type ReportContent } from "./markdown";
import { readPreview } from "./read-preview";
import { rollback, type Rollback } from "./rollback";

export interface ReportOptions {
  stack: string;
  /** Folder of the Pulumi project. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Git revision or folder to compare settings with. Needs no credentials. */
  base?: string;
  /** Run the engine's preview even with a base. */
  engine?: boolean;
  /** Output of `pulumi preview --json`, or engine events, one per line. */
  preview?: string;
  /** Refresh in the engine's preview. */
  refresh?: boolean;
  /** Maximum size of the report, in bytes. */
  limit?: number;
}

/** The report, as text and as data. */
export interface Report extends ReportContent {
  effects: Effect[];
  rollback: Rollback;
  markdown: string;
}

type Compared = Omit<ReportContent, "stack">;

/** Comparison of settings in two folders that does not run their programs. Reads each once. */
function compareSettings(stack: string, base: string, head: string) {
  const known = new Map<string, Settings>();
  const read = (name: string, folder: string): Settings => {
    const settings = known.get(folder) ?? stackSettings(name, folder);
    known.set(folder, settings);
    return settings;
  };
  return {
    access: accessBetween(stack, base, head, read),
    apps: appLines(stack, head, base, read),
  };
}

async function offline(options: ReportOptions & { base: string }): Promise<Compared> {
  const { stack, cwd } = options;
  return withBase(options.base, cwd, async (base) => {
    const planned = Promise.all([
      planOf(stack, cwd),
      planOf(stack, base.cwd).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        throw new CommandError("SETTINGS", `the base ${base.label} cannot be planned: ${message}`, {
          cause: error,
        });
      }),
    ]);
    // Both programs run during the comparison of the settings. They report invalid settings.
    const [plans, compared] = await Promise.allSettled([
      planned,
      Promise.resolve().then(() => compareSettings(stack, base.cwd, cwd)),
    ]);
    if (plans.status === "rejected") throw plans.reason;
    const [head, before] = plans.value;
    if (head === undefined) {
      throw new CommandError(
        "USAGE",
        `there is no stack "${stack}" in ${cwd}: add Pulumi.${stack}.yaml.`,
      );
    }
    if (compared.status === "rejected") throw compared.reason;
    const changes = comparePlans(before?.plan ?? [], head.plan);
    const known = new Set(before?.warnings);
    return {
      ...changes,
      ...compared.value,
      warnings: [
        ...head.warnings.filter((text) => !known.has(text)),
        ...head.warnings.filter((text) => known.has(text)).map((text) => `(as before) ${text}`),
      ],
      comparedWith:
        before === undefined
          ? `${base.label} has no such stack: everything is new.`
          : `Settings and program compared with ${base.label}, without credentials: nothing was ` +
            "asked what is really deployed.",
    };
  });
}

async function online(options: ReportOptions): Promise<Compared> {
  const { stack, cwd, env, base, refresh = false } = options;
  const compared =
    base === undefined
      ? { apps: appLines(stack, cwd) }
      : await withBase(base, cwd, (opened) =>
          Promise.resolve(compareSettings(stack, opened.cwd, cwd)),
        );
  const changes =
    options.preview === undefined
      ? await enginePreview(stack, { cwd, env, refresh })
      : readPreview(options.preview);
  return {
    ...changes,
    ...compared,
    comparedWith: refresh
      ? "Compared with what is deployed, as the cluster and AWS have it now."
      : "Compared with what was deployed last.",
  };
}

/** Compares, and writes the report. Throws if the settings or the base are invalid. */
export async function buildReport(options: ReportOptions): Promise<Report> {
  const { base, preview, engine = base === undefined } = options;
  const content: ReportContent = {
    stack: options.stack,
    ...(base !== undefined && preview === undefined && !engine
      ? await offline({ ...options, base })
      : await online(options)),
  };
  const found = effects(content.changes);
  return {
    ...content,
    effects: found,
    rollback: rollback(content.changes, found),
    markdown: reportMarkdown(content, options.limit),
  };
}
