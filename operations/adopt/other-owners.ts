import type { Settings } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import { listStacks, type EngineOptions } from "../engine/engine-stack";
import { preflight } from "../verify";
import { RELEASE_TYPE, shortType } from "../base/urn";
import { readState } from "../engine/state";

/** Throws if another Helm release made some of the objects, or if a chart's objects were made without Helm. */
export async function refuseOtherReleases(
  settings: Settings,
  scope: Pick<EngineOptions, "cwd" | "env">,
): Promise<void> {
  const results = await preflight(settings, scope, { only: ["owner.helm"] });
  const found = results.find(({ state }) => state === "failed");
  if (found === undefined) return;
  throw new CommandError(
    "PREFLIGHT",
    `${found.seen}.\nWhat to do: ${found.remedy} (docs/adoption.md).`,
  );
}

/** Throws when the stack itself has the plane's releases in its state. */
export async function refuseOwn(stack: string, options: EngineOptions): Promise<void> {
  const state = await readState(stack, options).catch((error: unknown) => {
    // The stack does not exist yet.
    if (error instanceof CommandError && error.reason === "USAGE") return undefined;
    throw error;
  });
  const releases = (state?.deployment?.resources ?? []).filter(({ type }) => type === RELEASE_TYPE);
  if (releases.length === 0) return;
  throw new CommandError(
    "USAGE",
    `stack ${stack} owns this plane already (` +
      `${releases.map(({ id = "" }) => `release ${id}`).join(", ")}): there is nothing to adopt. ` +
      `\`bin/access-plane preview --stack ${stack} --refresh\` shows what differs from the settings.`,
  );
}

/** Throws if another stack of this backend has some of the same resources in its state. */
export async function refuseOtherStacks(
  stack: string,
  found: readonly { type: string; id: string }[],
  options: EngineOptions,
): Promise<void> {
  const key = ({ type, id = "" }: { type: string; id?: string }) => `${type} ${id}`;
  const wanted = new Set(found.map(key));
  const problems: string[] = [];
  for (const { name, fullName, resourceCount } of await listStacks(options)) {
    if (name === stack || resourceCount === 0) continue;
    const { deployment } = await readState(fullName, options);
    const shared = (deployment?.resources ?? []).filter((resource) => wanted.has(key(resource)));
    const texts = shared.slice(0, 4).map(({ type, id = "" }) => `${shortType(type)} ${id}`);
    if (shared.length > 4) texts.push("…");
    if (shared.length > 0) {
      problems.push(`Stack ${fullName} has ${shared.length} of them (${texts.join(", ")}).`);
    }
  }
  if (problems.length === 0) return;
  throw new CommandError(
    "PREFLIGHT",
    `${problems.join("\n")}\nTwo stacks undo each other's changes: deploy from that one, or let it ` +
      "forget them first (pulumi stack rm --force forgets all of it and touches no resource).",
  );
}
