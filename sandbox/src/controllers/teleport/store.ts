/** Teleport's own storage: the resources of each cluster, in a JSON file. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface TeleportResource {
  /** "kubernetes" for resources of the operator. Undefined for presets and for resources that people made. */
  origin?: "kubernetes";
  version?: string;
  labels: Record<string, string>;
  spec: Record<string, unknown>;
  revision: number;
}

/** Collections ("role", "user", …) of one cluster, by name. */
export type Cluster = Record<string, Record<string, TeleportResource>>;

interface Content {
  clusters: Record<string, Cluster>;
}

const PRESET_ROLES = [
  "access",
  "editor",
  "auditor",
  "access-plugin",
  "list-access-request-resources",
  "mcp-user",
  "terraform-provider",
  "wildcard-workload-identity-issuer",
];
const ENTERPRISE_ROLES = [
  "device-admin",
  "device-enroll",
  "group-access",
  "require-trusted-device",
  "requester",
  "reviewer",
];

export class TeleportStore {
  private readonly file: string;
  private readonly content: Content;
  private pending: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.file = file;
    this.content = load(file);
  }

  /** The cluster of a namespace, with what Teleport creates by itself. */
  cluster(namespace: string, release: string, enterprise: boolean): Cluster {
    const cluster = (this.content.clusters[namespace] ??= {});
    const roles = [...PRESET_ROLES, ...(enterprise ? ENTERPRISE_ROLES : [])];
    for (const role of roles) this.preset(cluster, "role", role);
    for (const role of ["operator", "bot-operator"]) this.preset(cluster, "role", role);
    this.preset(cluster, "user", "bot-operator", { roles: ["bot-operator"] });
    for (const token of [`${release}-proxy`, "teleport-operator"]) {
      this.preset(cluster, "token", token);
    }
    return cluster;
  }

  /** Everything in a namespace's cluster. */
  peek(namespace: string): Cluster | undefined {
    return this.content.clusters[namespace];
  }

  get(cluster: Cluster, collection: string, name: string): TeleportResource | undefined {
    return cluster[collection]?.[name];
  }

  put(
    cluster: Cluster,
    collection: string,
    name: string,
    resource: Omit<TeleportResource, "revision">,
  ): void {
    const all = (cluster[collection] ??= {});
    all[name] = { ...resource, revision: (all[name]?.revision ?? 0) + 1 };
    this.save();
  }

  delete(cluster: Cluster, collection: string, name: string): void {
    const rest = Object.entries(cluster[collection] ?? {}).filter(([other]) => other !== name);
    cluster[collection] = Object.fromEntries(rest);
    this.save();
  }

  /** Writes pending changes. */
  flush(): void {
    clearTimeout(this.pending);
    this.pending = undefined;
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file}.new`, JSON.stringify(this.content, null, 2), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  private preset(
    cluster: Cluster,
    collection: string,
    name: string,
    spec: Record<string, unknown> = {},
  ): void {
    if (!cluster[collection]?.[name]) this.put(cluster, collection, name, { labels: {}, spec });
  }

  private save(): void {
    // Many changes come at once, and one write for each would be slow.
    this.pending ??= setTimeout(() => {
      this.flush();
    }, 50);
  }
}

function load(file: string): Content {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return { clusters: {} };
  }
  try {
    return JSON.parse(text) as Content;
  } catch (error) {
    throw new Error(
      `${file}: not readable (${String(error)}); remove it to start with empty state`,
    );
  }
}
