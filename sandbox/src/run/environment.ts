/** `.sandbox/env`: what a shell needs so that pulumi, kubectl, vault and helm use this sandbox. */
import { existsSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, readJson, writeWhole } from "./files.ts";
import type { Layout } from "./layout.ts";
import type { Sandbox } from "./part.ts";
import { awsEndpoint, region } from "./parts/aws.ts";
import { vaultAddress, vaultToken } from "./parts/vault.ts";
import { toolPath } from "../setup/tools.ts";

// Not the language host: pulumi finds it beside its own program, and warns of any on PATH.
const commands = ["pulumi", "helm", "vault"];

/** The variables of the env file, PATH aside. */
export function variables(sandbox: Sandbox): Record<string, string> {
  const { layout, secrets } = sandbox;
  return {
    KUBECONFIG: layout.kubeconfig,
    VAULT_ADDR: vaultAddress(sandbox),
    ...(readIfThere(join(layout.vault, "keys.json")) === undefined
      ? {}
      : { VAULT_TOKEN: vaultToken(layout) }),
    AWS_ENDPOINT_URL: awsEndpoint(sandbox),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region, // Version 1 of AWS's command line reads only this one.
    AWS_ACCESS_KEY_ID: secrets.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.awsSecretAccessKey,
    PULUMI_HOME: layout.pulumiHome,
    // A stack can read another's outputs while that is updated.
    PULUMI_BACKEND_URL: `file://${layout.pulumiState}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // With stand-ins, the vendor's plugins cannot be reached, and a search for them would only take time.
    ...(officialPlugins(layout) ? {} : { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}

/** The choice of set-up. Default: stand-ins. */
function officialPlugins(layout: Layout): boolean {
  const sources = readJson<{ providers?: string }>(join(layout.root, "sources.json"), {});
  return sources.providers === "official";
}

/** Links the tools into one folder and writes the env file. */
export function writeEnvironment(sandbox: Sandbox): void {
  const { layout } = sandbox;
  link(process.execPath, join(layout.bin, "node"));
  for (const command of commands) {
    try {
      link(toolPath(command), join(layout.bin, command));
    } catch {
      // Without set-up (a partial start), the shell finds its own, or none.
    }
  }
  const lines = Object.entries(variables(sandbox)).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  // Sourcing twice does not lengthen PATH.
  lines.push(
    `case ":$PATH:" in *":"${quote(layout.bin)}":"*) ;; *) export PATH=${quote(layout.bin)}:"$PATH" ;; esac`,
  );
  writeWhole(
    layout.env,
    `# Written at every start. Use: source ${quote(layout.env)}\n${lines.join("\n")}\n`,
  );
}

function link(target: string, path: string): void {
  if (existsSync(path) && readlinkSync(path) === target) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** A value as one word of a POSIX shell. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
