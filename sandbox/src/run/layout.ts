/** Where the sandbox keeps its files. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the checkout. */
export const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The folder of this checkout's own sandbox. */
export const defaultStateDir = join(checkout, ".sandbox");

/** Paths inside one state folder. */
export interface Layout {
  readonly root: string;
  /** A short, stable name that distinguishes sandboxes on one machine. */
  readonly id: string;
  readonly env: string;
  readonly kubeconfig: string;
  readonly state: string;
  readonly secrets: string;
  readonly lock: string;
  readonly bin: string;
  readonly logs: string;
  /** Authorities of the parts, a folder each. */
  readonly pki: string;
  readonly etcd: string;
  readonly kubernetes: string;
  readonly vault: string;
  readonly postgres: string;
  readonly aws: string;
  readonly controllers: string;
  readonly pulumiHome: string;
  readonly pulumiState: string;
  readonly log: (part: string) => string;
}

/** The paths of the sandbox in `stateDir`. Defaults to `.sandbox` of this checkout. */
export function layoutOf(stateDir: string = defaultStateDir): Layout {
  const root = resolve(stateDir);
  const at = (...names: string[]) => join(root, ...names);
  return {
    root,
    id: createHash("sha256").update(root).digest("hex").slice(0, 12),
    env: at("env"),
    kubeconfig: at("kubeconfig"),
    state: at("state.json"),
    secrets: at("secrets.json"),
    lock: at("lock"),
    bin: at("bin"),
    logs: at("logs"),
    pki: at("pki"),
    etcd: at("etcd"),
    kubernetes: at("kubernetes"),
    vault: at("vault"),
    postgres: at("postgres"),
    aws: at("aws"),
    controllers: at("controllers"),
    pulumiHome: at("pulumi"),
    pulumiState: at("pulumi-state"),
    log: (part) => at("logs", `${part}.log`),
  };
}

/**
 * Creates the folders. Other users may pass through the state folder, but cannot read what is in it: PostgreSQL
 * refuses to run as root, and reaches its data as another user.
 */
export function makeFolders(layout: Layout): void {
  mkdirSync(layout.root, { recursive: true });
  chmodSync(layout.root, 0o711);
  for (const folder of [
    layout.bin,
    layout.logs,
    layout.pki,
    layout.etcd,
    layout.kubernetes,
    layout.vault,
    layout.aws,
    layout.controllers,
    layout.pulumiHome,
    layout.pulumiState,
  ]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}
