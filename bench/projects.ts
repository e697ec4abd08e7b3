import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";

/** Makes folders that look like this checkout, with settings of any size. */

export const ROOT = path.resolve(__dirname, "..");
/** The stack of these folders, where they have one. */
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

/** The config of stacks by name, and other files by path. */
export interface Project {
  configs: Record<string, Record<string, unknown>>;
  files: Record<string, object>;
}

/** Makes a folder, passes it to a function, and removes it. */
export async function withProject<T>(
  { configs, files }: Project,
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
    for (const [stack, config] of Object.entries(configs)) {
      fs.writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    }
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** File of an app of such a stack. All stacks have their objects in one namespace. */
export const appFile = (stack: string, index: number) => `apps/${stack}/${stack}-${index}.yaml`;

/** Stacks of kind `apps`, with so many apps each and one file for each app. */
export function catalogue(apps: number, ...stacks: readonly string[]): Project {
  const all: Project = { configs: {}, files: {} };
  for (const stack of stacks) {
    all.configs[stack] = {
      "access-plane:kind": "apps",
      "access-plane:plane": { clusterName: "lumie-infra.com" },
      "access-plane:apps": { agents: ["teleport-agent"], files: [`apps/${stack}/*.yaml`] },
    };
    for (let index = 0; index < apps; index++) all.files[appFile(stack, index)] = app(index);
  }
  return all;
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
  const sized = {
    ...config,
    "access-plane:apps": { entries: list(apps, (index) => [`app-${index}`, app(index)]) },
    "access-plane:resources": { files: ["resources/*.yaml"] },
  };
  return {
    configs: { [STACK]: sized },
    files: { "resources/people.yaml": rolesAndUsers(users) },
  };
}
