import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";

/** Makes folders that look like this checkout, with settings of any size. */

export const ROOT = path.resolve(__dirname, "..");
/** The only stack of these folders. */
export const STACK = "bench";

const CHECKOUT = [
  ...["bin", "components", "inventory", "operations", "settings", "teleport", "node_modules"],
  ...["index.ts", "package.json", "Pulumi.yaml", "tsconfig.json"],
];

const list = <T>(count: number, make: (index: number) => [name: string, value: T]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => make(index)));

const app = (index: number) => ({
  uri: `http://app-${index}.apps.svc.cluster.local:80`,
  labels: { team: `team-${index % 20}` },
});

/** Makes a folder, passes it to a function, and removes it. */
export async function withProject<T>(
  config: Record<string, unknown>,
  use: (folder: string) => T | Promise<T>,
  files: Record<string, object> = {},
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
  try {
    for (const name of CHECKOUT) fs.symlinkSync(path.join(ROOT, name), path.join(folder, name));
    fs.mkdirSync(path.join(folder, "apps"));
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, "apps", `${name}.yaml`), stringify(content));
    }
    fs.writeFileSync(path.join(folder, `Pulumi.${STACK}.yaml`), stringify({ config }));
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A stack of kind `apps`, with one file for each app. */
export function catalogue(apps: number) {
  const config = {
    "access-plane:kind": "apps",
    "access-plane:plane": { clusterName: "lumie-infra.com" },
    "access-plane:apps": { agents: ["teleport-agent"], files: ["apps/*.yaml"] },
  };
  return { config, files: list(apps, (index) => [`app-${index}`, app(index)]) };
}

/** The reference deployment with this many additional apps, users and roles. */
export function plane(apps: number, users: number): Record<string, unknown> {
  const file = path.join(ROOT, "Pulumi.prod.yaml");
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const role = (index: number) => `role-${index % users}`;
  return {
    ...config,
    "access-plane:apps": { entries: list(apps, (index) => [`app-${index}`, app(index)]) },
    "access-plane:resources": {
      roles: list(users, (index) => [
        role(index),
        { version: "v7", spec: { allow: { app_labels: { team: `team-${index % 20}` } } } },
      ]),
      users: list(users, (index) => [
        `user-${index}`,
        { spec: { roles: [...new Set([role(index), role(index + 1)])] } },
      ]),
    },
  };
}
