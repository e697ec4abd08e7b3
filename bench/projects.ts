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

/** A stack file's config, and other files by path. */
export interface Project {
  config: Record<string, unknown>;
  files: Record<string, object>;
}

/** Makes a folder, passes it to a function, and removes it. */
export async function withProject<T>(
  { config, files }: Project,
  use: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-bench-"));
  try {
    for (const name of CHECKOUT) fs.symlinkSync(path.join(ROOT, name), path.join(folder, name));
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, stringify(content));
    }
    fs.writeFileSync(path.join(folder, `Pulumi.${STACK}.yaml`), stringify({ config }));
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A stack of kind `apps`, with one file for each app. Names start with a prefix. */
export function catalogue(apps: number, prefix = ""): Project {
  const config = {
    "access-plane:kind": "apps",
    "access-plane:plane": { clusterName: "lumie-infra.com" },
    "access-plane:apps": { agents: ["teleport-agent"], files: ["apps/*.yaml"] },
  };
  return {
    config,
    files: list(apps, (index) => [`apps/${prefix}app-${index}.yaml`, app(index)]),
  };
}

/** So many roles and users, each with two of the roles: what a file of `resources.files` holds. */
export function rolesAndUsers(count: number) {
  const role = (index: number) => `role-${index % count}`;
  return {
    roles: list(count, (index) => [
      role(index),
      { version: "v7", spec: { allow: { app_labels: { team: `team-${index % 20}` } } } },
    ]),
    users: list(count, (index) => [
      `user-${index}`,
      { spec: { roles: [...new Set([role(index), role(index + 1)])] } },
    ]),
  };
}

/** The reference deployment with this many additional apps, users and roles. */
export function plane(apps: number, users: number): Project {
  const file = path.join(ROOT, "Pulumi.prod.yaml");
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return {
    config: {
      ...config,
      "access-plane:apps": { entries: list(apps, (index) => [`app-${index}`, app(index)]) },
      "access-plane:resources": { files: ["resources/*.yaml"] },
    },
    files: { "resources/people.yaml": rolesAndUsers(users) },
  };
}
