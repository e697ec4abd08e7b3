import type { Range } from "./versions.ts";

/** A program built from a pinned Go module; its go.mod and go.sum lie in sandbox/toolchain/<name>. */
export interface GoTool {
  name: string;
  version: string;
  /** This version in go.mod, if the module has no tag for it. */
  pinnedAs?: string;
  /** Main package to build. */
  package: string;
  /** Names of the binary. If there are several, it dispatches on its name. */
  programs: string[];
  /** String variables for the linker, mostly versions that programs check. */
  stamp: Record<string, string>;
  /** A file of a module that the program reads beside itself. */
  beside?: { module: string; file: string };
  /** Measured on two cores with empty build caches, download included. */
  seconds: number;
  /** Peak memory of the build, if it is more than usual. */
  memoryMiB?: number;
  /** Whether only tests use it. */
  forTests?: true;
  /** The tool whose release contains this one too. */
  releasedWith?: string;
  /** A program already on PATH is used when its version fits. */
  onPath?: { arguments: string[]; range: Range };
}

/** Files of a Go module that the sandbox reads: nothing is compiled. */
export interface ModuleData {
  name: string;
  version: string;
  module: string;
  /** Folder under sandbox/toolchain whose go.sum pins the module. */
  pinnedBy: string;
  /** Folder inside the module. */
  folder: string;
  seconds: number;
}

const kubernetes = "1.36.3";
const kubernetesVersion = "k8s.io/component-base/version";
const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const kubernetesPlugin = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** Provider plugins, in exactly the versions of the npm packages the program uses. */
export const providers = {
  kubernetes: "4.34.2",
  aws: "7.48.0",
  vault: "7.8.0",
  random: "4.21.2",
} as const;

export type ProviderName = keyof typeof providers;

/** The official Kubernetes plugin, where the vendor's own build of it cannot be downloaded. */
export const builtPlugin = {
  name: "pulumi-resource-kubernetes",
  version: "4.25.0",
  pinnedAs: "4.0.0-20260115033456-f47bc2d6f199",
  package: ".",
  programs: ["pulumi-resource-kubernetes"],
  // The engine warns of a plugin older than the npm package asks for. What follows the plus sign does not count.
  stamp: { [`${kubernetesPlugin}/pkg/version.Version`]: `${providers.kubernetes}+built.4.25.0` },
  beside: { module: kubernetesPlugin, file: "cmd/pulumi-resource-kubernetes/schema.json" },
  seconds: 420,
  memoryMiB: 5000,
} satisfies GoTool;

export const goTools: GoTool[] = [
  {
    name: "etcd",
    version: "3.7.3",
    package: "go.etcd.io/etcd/server/v3",
    programs: ["etcd"],
    stamp: {},
    seconds: 45,
    onPath: { arguments: ["--version"], range: { atLeast: "3.5", below: "4" } },
  },
  {
    name: "kube",
    version: kubernetes,
    package: ".",
    programs: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
    stamp: {
      [`${kubernetesVersion}.gitVersion`]: `v${kubernetes}`,
      [`${kubernetesVersion}.gitMajor`]: "1",
      [`${kubernetesVersion}.gitMinor`]: "36",
    },
    seconds: 280,
    onPath: { arguments: ["--version"], range: { atLeast: "1.33", below: "2" } },
  },
  {
    name: "helm",
    version: "3.22.0",
    package: "helm.sh/helm/v3/cmd/helm",
    programs: ["helm"],
    forTests: true,
    stamp: {
      "helm.sh/helm/v3/internal/version.version": "v3.22.0",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "36",
    },
    seconds: 80,
    onPath: { arguments: ["version", "--short"], range: { atLeast: "3.14", below: "4" } },
  },
  {
    name: "pulumi",
    version: "3.274.1",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    programs: ["pulumi"],
    stamp: { [pulumiVersion]: "v3.274.1" },
    seconds: 240,
    onPath: { arguments: ["version"], range: { atLeast: "3.274", below: "4" } },
  },
  {
    name: "pulumi-language-nodejs",
    version: "3.68.0",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    programs: ["pulumi-language-nodejs"],
    stamp: { [pulumiVersion]: "v3.68.0" },
    seconds: 28,
    releasedWith: "pulumi",
  },
  builtPlugin,
  {
    name: "kwok",
    version: "0.8.0",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    programs: ["kwok"],
    stamp: { "sigs.k8s.io/kwok/pkg/consts.Version": "v0.8.0" },
    seconds: 80,
    onPath: { arguments: ["--version"], range: { atLeast: "0.7", below: "1" } },
  },
  {
    name: "vault",
    version: "1.21.0",
    package: "github.com/hashicorp/vault",
    programs: ["vault"],
    stamp: {},
    seconds: 330,
    onPath: { arguments: ["version"], range: { atLeast: "1.17", below: "3" } },
  },
  {
    name: "caddy",
    version: "2.11.9",
    package: "github.com/caddyserver/caddy/v2/cmd/caddy",
    programs: ["caddy"],
    forTests: true,
    stamp: { "github.com/caddyserver/caddy/v2.CustomVersion": "v2.11.9" },
    seconds: 60,
    onPath: { arguments: ["version"], range: { atLeast: "2.11", below: "3" } },
  },
  {
    name: "vault-secrets-operator",
    version: "0.10.0",
    package: "github.com/hashicorp/vault-secrets-operator",
    programs: ["vault-secrets-operator"],
    stamp: {},
    seconds: 110,
  },
];

/** Tools in the release of another tool. */
export const comeWith = (tool: GoTool) =>
  goTools.filter(({ releasedWith }) => releasedWith === tool.name);

export const moduleData: ModuleData[] = [
  {
    name: "kwok-stages",
    version: "0.8.0",
    module: "sigs.k8s.io/kwok",
    pinnedBy: "kwok",
    folder: "kustomize/stage",
    seconds: 2,
  },
  {
    name: "vso-crds",
    version: "0.10.0",
    module: "github.com/hashicorp/vault-secrets-operator",
    pinnedBy: "vault-secrets-operator",
    folder: "chart/crds",
    seconds: 2,
  },
  {
    name: "cert-manager-crds",
    version: "1.21.2",
    module: "github.com/cert-manager/cert-manager",
    pinnedBy: "cert-manager-crds",
    folder: "deploy/crds",
    seconds: 5,
  },
];

/** The AWS emulator, in a virtual environment of its own. */
export const moto = { name: "moto", version: "5.2.1", seconds: 40 };

/** PostgreSQL with logical decoding through wal2json. */
export const postgres = {
  name: "postgres-bin",
  range: { atLeast: "15", below: "19" } satisfies Range,
  seconds: 40,
};

/** PostgreSQL without wal2json, of the npm registry: where Debian's cannot be installed. */
export const embeddedPostgres = { name: "postgres", version: "15.18.0" };

/** The vendor's chart repository; asked once whether it can be reached. */
export const chartRepository = "https://charts.releases.teleport.dev";
