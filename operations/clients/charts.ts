import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { folderDigest } from "../../inventory/chart-folder";
import type { PlaneSettings } from "../../settings/schema";

/** Source of charts. Default: the repository. */
export type ChartLocation = Pick<PlaneSettings["chart"], "repository" | "oci" | "path">;

/** A chart in a source, with its digest if the source has one, or the problem. */
export type FoundChart = { digest?: string; problem?: undefined } | { problem: string };

const TIMEOUT_MS = 25_000;

/** Teleport's own repository (Teleport Helm reference). */
export const TELEPORT_CHARTS = "https://charts.releases.teleport.dev";

interface IndexEntry {
  version: string;
  urls?: string[];
  digest?: string;
}

/** Media type of a chart's archive in a registry (Helm's OCI support). */
const ARCHIVE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** `fetch`, or a replacement in tests. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the checks need of the charts' source. Tests pass their own. */
export type ChartSourceReader = Pick<LiveCharts, "find">;

/** Reads repositories over HTTP, OCI registries, and directories. */
export class LiveCharts {
  private readonly indexes = new Map<string, Promise<Record<string, IndexEntry[]>>>();

  constructor(
    private readonly cwd: string,
    private readonly defaultRepository: string,
    private readonly fetch: Fetch = globalThis.fetch,
  ) {}

  /**
   * Looks for a version of a chart. With `digest`, a chart with another digest is a problem; this downloads
   * the archive from a repository. Throws if the source cannot be reached.
   */
  async find(
    source: ChartLocation,
    chart: string,
    version: string,
    digest?: string,
  ): Promise<FoundChart> {
    const found = await this.look(source, chart, version);
    if (found.problem !== undefined || digest === undefined) return found;
    // The digest in an index is not proof of the archive's content.
    const archived = source.path === undefined && source.oci === undefined;
    const there = archived ? sha256(await this.archive(source, chart, version)) : found.digest;
    return there === digest
      ? { digest }
      : { problem: `${chart} ${version} has ${there ?? "no digest"}, not ${digest}` };
  }

  private look(source: ChartLocation, chart: string, version: string): Promise<FoundChart> {
    if (source.path !== undefined) return Promise.resolve(this.folder(source.path, chart, version));
    if (source.oci !== undefined) return this.registry(source.oci, chart, version);
    return this.repository(source.repository ?? this.defaultRepository, chart, version);
  }

  private get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  private folder(folder: string, chart: string, version: string): FoundChart {
    const whole = path.resolve(this.cwd, folder, chart);
    const file = path.join(whole, "Chart.yaml");
    if (!fs.existsSync(file)) return { problem: `no chart ${chart} in ${folder}` };
    const found = parse(fs.readFileSync(file, "utf8")) as { version?: string };
    return found.version === version
      ? { digest: folderDigest(whole) }
      : { problem: `${chart} in ${folder} is version ${found.version ?? "unknown"}` };
  }

  /**
   * The archive of a chart from a repository or a registry, checked against the source's digest. Throws if
   * the archive does not exist or has another digest.
   */
  async archive(
    source: { repository?: string; oci?: string },
    chart: string,
    version: string,
  ): Promise<Buffer> {
    if (source.oci !== undefined) return this.pulled(source.oci, chart, version);
    const repository = (source.repository ?? this.defaultRepository).replace(/\/$/, "");
    const entries = (await this.index(repository))[chart] ?? [];
    const entry = entries.find((candidate) => candidate.version === version);
    const [url] = entry?.urls ?? [];
    if (url === undefined) throw new Error(`${repository} has no ${chart} ${version}`);
    const answer = await this.get(new URL(url, `${repository}/`).href);
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return checked(Buffer.from(await answer.arrayBuffer()), entry?.digest, url);
  }

  private async pulled(reference: string, chart: string, version: string): Promise<Buffer> {
    const { answer, name, host, headers } = await this.manifest(reference, chart, version);
    if (!answer.ok) throw new Error(`${reference} has no ${chart} ${version} (${answer.status})`);
    const { layers = [] } = (await answer.json()) as {
      layers?: { mediaType: string; digest: string }[];
    };
    const digest = layers.find(({ mediaType }) => mediaType === ARCHIVE)?.digest;
    if (digest === undefined) throw new Error(`${reference}/${chart} ${version} is not a chart`);
    const url = `https://${host}/v2/${name}/blobs/${digest}`;
    const blob = await this.get(url, headers);
    if (!blob.ok) throw new Error(`${url} answers ${blob.status}`);
    return checked(Buffer.from(await blob.arrayBuffer()), digest, url);
  }

  private index(url: string): Promise<Record<string, IndexEntry[]>> {
    let index = this.indexes.get(url);
    if (index === undefined) {
      index = this.get(`${url.replace(/\/$/, "")}/index.yaml`).then(async (answer) => {
        if (!answer.ok) throw new Error(`${url}/index.yaml answers ${answer.status}`);
        const { entries = {} } = parse(await answer.text()) as {
          entries?: Record<string, IndexEntry[]>;
        };
        return entries;
      });
      this.indexes.set(url, index);
    }
    return index;
  }

  private async repository(url: string, chart: string, version: string): Promise<FoundChart> {
    const entries = (await this.index(url))[chart] ?? [];
    const entry = entries.find((candidate) => candidate.version === version);
    if (entry !== undefined) {
      return { digest: entry.digest && fullDigest(entry.digest) };
    }
    const [newest] = entries;
    return {
      problem:
        newest === undefined
          ? `${url} has no chart ${chart}`
          : `${url} has no ${chart} ${version}; newest is ${newest.version}`,
    };
  }

  /** OCI distribution: requests the manifest, with an anonymous token if the registry wants one. */
  private async registry(reference: string, chart: string, version: string): Promise<FoundChart> {
    const { answer, name, host } = await this.manifest(reference, chart, version);
    if (answer.ok) return { digest: sha256(Buffer.from(await answer.arrayBuffer())) };
    if (answer.status === 404) return { problem: `${reference} has no ${chart} ${version}` };
    throw new Error(`${host} answers ${answer.status} for ${name} ${version}`);
  }

  /** The registry's answer for a chart's manifest, with the headers for further requests. */
  private async manifest(reference: string, chart: string, version: string) {
    const [, host = "", folder = ""] = /^oci:\/\/([^/]+)\/?(.*)$/.exec(reference) ?? [];
    const name = [folder.replace(/\/$/, ""), chart].filter((part) => part !== "").join("/");
    // Tags cannot contain a plus sign, so Helm writes an underscore.
    const url = `https://${host}/v2/${name}/manifests/${version.replace(/\+/g, "_")}`;
    const accept = "application/vnd.oci.image.manifest.v1+json";
    let headers: Record<string, string> = {};
    let answer = await this.get(url, { accept });
    if (answer.status === 401) {
      const challenge = answer.headers.get("www-authenticate") ?? "";
      const field = (key: string) => new RegExp(`${key}="([^"]+)"`).exec(challenge)?.[1];
      const realm = field("realm");
      if (realm !== undefined) {
        const query = new URLSearchParams({
          service: field("service") ?? host,
          scope: field("scope") ?? `repository:${name}:pull`,
        });
        const granted = await this.get(`${realm}?${query.toString()}`);
        const { token, access_token: other } = (await granted.json().catch(() => ({}))) as {
          token?: string;
          access_token?: string;
        };
        headers = { authorization: `Bearer ${token ?? other ?? ""}` };
        answer = await this.get(url, { accept, ...headers });
      }
    }
    return { answer, name, host, headers };
  }
}

/** A digest with its algorithm. Repository indexes omit it. */
const fullDigest = (digest: string): string => `sha256:${digest.replace(/^sha256:/, "")}`;

const sha256 = (content: Buffer): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Throws if an archive does not have the expected digest. */
function checked(archive: Buffer, digest: string | undefined, url: string): Buffer {
  const found = sha256(archive);
  const told = digest && fullDigest(digest);
  if (told !== undefined && told !== found) {
    throw new Error(`${url} has the digest ${found}, its source says ${told}`);
  }
  return archive;
}
