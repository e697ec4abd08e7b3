import { providers, type ProviderName } from "./catalogue.ts";

/** Where each vendor serves its releases. */
export const vendors = {
  kubernetes: "https://dl.k8s.io",
  etcd: "https://github.com/etcd-io/etcd/releases/download",
  helm: "https://get.helm.sh",
  kwok: "https://github.com/kubernetes-sigs/kwok/releases/download",
  hashicorp: "https://releases.hashicorp.com",
  pulumi: "https://get.pulumi.com/releases/sdk",
  pulumiPlugins: "https://github.com/pulumi",
  github: "https://api.github.com/repos",
} as const;

export type Vendor = keyof typeof vendors;

/** A file that a vendor publishes, below the vendor's base address. */
export interface Published {
  vendor: Vendor;
  path: string;
}

/** One download of a release. */
export interface ReleasePart {
  file: Published;
  /** The file with its checksum. */
  checksums: Published;
  /** Format of the archive. Undefined for a bare program. */
  packed?: "tar.gz" | "zip";
  /** Programs by name, each with its path in the archive. */
  programs: Record<string, string>;
}

/** A vendor's release, which replaces a compilation. */
export interface Release {
  parts: ReleasePart[];
  /** Approximate size of the download, for the estimate. */
  megabytes: number;
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: "amd64",
  arm64: "arm64",
};

/** The release of a tool for this machine; undefined where the vendor has none. */
export function releaseOf(
  tool: { name: string; version: string },
  architecture: NodeJS.Architecture = process.arch,
): Release | undefined {
  const arch = architectures[architecture];
  return arch === undefined ? undefined : releases[tool.name]?.(tool.version, arch, architecture);
}

/** The vendor's own build of a provider plugin. */
export function pluginRelease(name: ProviderName): Release | undefined {
  const arch = architectures[process.arch];
  if (arch === undefined) return undefined;
  const version = providers[name];
  const program = `pulumi-resource-${name}`;
  const folder = `pulumi-${name}/releases/download/v${version}`;
  return {
    megabytes: { kubernetes: 45, aws: 170, vault: 40, random: 20 }[name],
    parts: [
      {
        file: {
          vendor: "pulumiPlugins",
          path: `${folder}/${program}-v${version}-linux-${arch}.tar.gz`,
        },
        checksums: {
          vendor: "pulumiPlugins",
          path: `${folder}/pulumi-${name}_${version}_checksums.txt`,
        },
        packed: "tar.gz",
        programs: { [program]: program },
      },
    ],
  };
}

const releases: Partial<
  Record<string, (version: string, arch: string, nodeArch: string) => Release>
> = {
  etcd: (version, arch) => {
    const name = `etcd-v${version}-linux-${arch}`;
    return {
      megabytes: 25,
      parts: [
        {
          file: { vendor: "etcd", path: `v${version}/${name}.tar.gz` },
          checksums: { vendor: "etcd", path: `v${version}/SHA256SUMS` },
          packed: "tar.gz",
          programs: { etcd: `${name}/etcd` },
        },
      ],
    };
  },
  kube: (version, arch) => ({
    megabytes: 230,
    parts: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((program) => {
      const path = `release/v${version}/bin/linux/${arch}/${program}`;
      return {
        file: { vendor: "kubernetes", path },
        checksums: { vendor: "kubernetes", path: `${path}.sha256` },
        programs: { [program]: program },
      };
    }),
  }),
  helm: (version, arch) => {
    const name = `helm-v${version}-linux-${arch}.tar.gz`;
    return {
      megabytes: 18,
      parts: [
        {
          file: { vendor: "helm", path: name },
          checksums: { vendor: "helm", path: `${name}.sha256sum` },
          packed: "tar.gz",
          programs: { helm: `linux-${arch}/helm` },
        },
      ],
    };
  },
  // It contains the Node language host, which must be in the same folder.
  pulumi: (version, _, nodeArch) => ({
    megabytes: 150,
    parts: [
      {
        file: { vendor: "pulumi", path: `pulumi-v${version}-linux-${nodeArch}.tar.gz` },
        checksums: { vendor: "pulumi", path: `pulumi-${version}-checksums.txt` },
        packed: "tar.gz",
        programs: {
          pulumi: "pulumi/pulumi",
          "pulumi-language-nodejs": "pulumi/pulumi-language-nodejs",
        },
      },
    ],
  }),
  // Its releases have no file of checksums. GitHub has those of all assets.
  kwok: (version, arch) => ({
    megabytes: 40,
    parts: [
      {
        file: { vendor: "kwok", path: `v${version}/kwok-linux-${arch}` },
        checksums: { vendor: "github", path: `kubernetes-sigs/kwok/releases/tags/v${version}` },
        programs: { kwok: "kwok" },
      },
    ],
  }),
  vault: (version, arch) => ({
    megabytes: 170,
    parts: [
      {
        file: { vendor: "hashicorp", path: `vault/${version}/vault_${version}_linux_${arch}.zip` },
        checksums: { vendor: "hashicorp", path: `vault/${version}/vault_${version}_SHA256SUMS` },
        packed: "zip",
        programs: { vault: "vault" },
      },
    ],
  }),
};
