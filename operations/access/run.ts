import { accessOf } from "../../inventory/access";
import { accessDiff, changeText, type AccessModel } from "../../teleport/access";
import { printJson, writeResult, type Context } from "../base/context";
import { CommandError } from "../base/exit-codes";
import { stackNames } from "../base/stack-file";
import { NOTHING } from "../report/access";
import { withBase } from "../report/base";
import { isFile, loadAccess } from "./load";
import { accessPicture } from "./picture";
import { selectAccess } from "./select";
import { accessText, changesText } from "./table";

/** Options of `access-plane access`. */
export interface AccessOptions {
  stack: string;
  json: boolean;
  /** `user/alice`, `alice` or `user`. */
  who?: string;
  /** `app/grafana`, `grafana` or `app`. */
  what?: string;
  /** A request to Kubernetes, such as `delete pods -n shop`. */
  can?: string;
  /** File for a picture. */
  svg?: string;
  /** Stack, stack file, Git revision or folder with the settings before the change. */
  diff?: string;
  /** Fail with CHANGES if a change is dangerous. */
  expectNoDanger: boolean;
}

/** Model of the settings before: another stack, a stack file, or this stack at a Git revision or in a folder. */
function loadBefore(stack: string, diff: string, cwd: string): Promise<AccessModel> {
  if (isFile(diff) || stackNames(cwd).includes(diff)) return Promise.resolve(loadAccess(diff, cwd));
  // A new stack gave nothing before.
  const load = (base: { cwd: string }) =>
    Promise.resolve(
      stackNames(base.cwd).includes(stack) ? loadAccess(stack, base.cwd) : accessOf(NOTHING),
    );
  return withBase(diff, cwd, load, "--diff");
}

async function compare(options: AccessOptions & { diff: string }, context: Context): Promise<void> {
  const { stack, diff, who, what } = options;
  const after = loadAccess(stack, context.cwd);
  const before = await loadBefore(stack, diff, context.cwd);
  const refs = (wanted: { who?: string; what?: string }) => {
    const both = { ...after };
    both.principals = [...after.principals, ...before.principals];
    both.resources = [...after.resources, ...before.resources];
    return selectAccess(both, wanted);
  };
  const whom = who === undefined ? undefined : refs({ who }).principals;
  const which = what === undefined ? undefined : refs({ what }).resources;
  const named = (list: readonly { kind: string; name: string }[] | undefined, ref: string) =>
    list === undefined || list.some(({ kind, name }) => `${kind}/${name}` === ref);
  const changes = accessDiff(before, after).filter(
    ({ about, resources }) =>
      named(whom, about) &&
      (named(which, about) || resources.some((resource) => named(which, resource))),
  );
  if (options.json) {
    const json = changes.map((change) => ({ ...change, text: changeText(change) }));
    printJson(context, { before: diff, after: stack, changes: json });
  } else {
    context.stdout.write(`${changesText(diff, stack, changes)}\n`);
  }
  const dangerous = changes.filter(({ dangers }) => dangers.length > 0).length;
  if (options.expectNoDanger && dangerous > 0) {
    throw new CommandError("CHANGES", `${dangerous} of the changes of access are dangerous`);
  }
}

/** The command. Throws CommandError: USAGE, SETTINGS or CHANGES. */
export async function runAccess(options: AccessOptions, context: Context): Promise<void> {
  const { diff, svg } = options;
  if (diff !== undefined) {
    if (svg !== undefined) throw new CommandError("USAGE", "--svg draws no --diff; leave one out");
    if (options.can !== undefined) {
      throw new CommandError("USAGE", "--can asks about one stack, not a --diff; leave one out");
    }
    await compare({ ...options, diff }, context);
    return;
  }
  if (options.expectNoDanger) throw new CommandError("USAGE", "--expect-no-danger needs --diff");
  const model = selectAccess(loadAccess(options.stack, context.cwd), options);
  if (svg !== undefined) {
    writeResult("--svg", svg, accessPicture(options.stack, model));
    context.stderr.write(`wrote ${svg}\n`);
  }
  if (options.json) printJson(context, { stack: options.stack, ...model });
  else context.stdout.write(`${accessText(options.stack, model, context.stdout.columns)}\n`);
}
