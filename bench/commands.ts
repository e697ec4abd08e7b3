import * as path from "node:path";
import { rounds, type Variant } from "./pairs";
import { plane, ROOT, STACK, withProject } from "./projects";
import { row, type Row } from "./result";

const ROUNDS = 3;
const GOAL_SECONDS = 3;

/** Measures commands on a plane with 1,000 apps, as people start them. Uses no engine and no sandbox. */
export async function commands(): Promise<Row[]> {
  const bin = path.join(ROOT, "bin/access-plane");
  return withProject(plane(1000, 12), (folder) =>
    withProject(plane(999, 12), async (base) => {
      const variant = (name: string, ...args: string[]): Variant => ({
        name,
        command: process.execPath,
        args: [bin, "-C", folder, ...args, "--stack", STACK],
        cwd: folder,
        env: process.env,
      });
      const variants = [
        variant("plan", "plan"),
        variant("report", "report", "--base", base),
        variant("graph", "graph", "--source", "plan"),
        variant("access", "access"),
      ];
      const found = await rounds(variants, ROUNDS);
      return variants.map(({ name }) =>
        row(`1000 apps: ${name}`, "s", found[name] ?? [], GOAL_SECONDS),
      );
    }),
  );
}
