import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { folderDigest } from "../../inventory/chart-folder";

/** Where charts come from; a repository when neither of the others is given. */
interface Source {
  repository?: string;
  oci?: string;
  path?: string;
}

/** A chart in a source: its digest, where the source tells one, or why it is not there. */
export type FoundChart = { digest?: string; problem?: undefined } | { problem: string };

/** Finds out which versions of a chart there are. */
export interface ChartSourceReader {
  /**
   * Looks for a chart in a version. With `digest`, another chart under that version is a problem; the
   * archive of a repository is downloaded for it. Throws when the source cannot be asked.
   */
  find(source: Source, chart: string, version: string, digest?: string): Promise<FoundChart>;
}

const TIMEOUT_MS = 25_000;

/** Teleport's own repository (Teleport Helm reference). */
export const TELEPORT_CHARTS = "https://charts.releases.teleport.dev";

/** An entry of a repository's index. */
interface IndexEntry {
  version: string;
  urls?: string[];
  digest?: string;
}

/** Media type of a chart's archive in a registry (Helm's OCI support). */
const ARCHIVE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** `fetch`, or what a test gives in its place. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Reads repositories over HTTP, OCI registries, and directories. */
export class LiveCharts implements ChartSourceReader {
  private readonly indexes = new Map<string, Promise<Record<string, IndexEntry[]>>>();

  constructor(
    private readonly cwd: string,
    private readonly defaultRepository: string,
    private readonly fetch: Fetch = globalThis.fetch,
  ) {}

  async find(source: Source, chart: string, version: string, digest?: string): Promise<FoundChart> {
    const found = await this.look(source, chart, version);
    if (found.problem !== undefined || digest === undefined) return found;
    // What an index says of an archive is not yet the archive.
    const archived = source.path === undefined && source.oci === undefined;
    const there = archived ? sha256(await this.archive(source, chart, version)) : found.digest;
    return there === digest
      ? { digest }
      : { problem: `${chart} ${version} has ${there ?? "no digest"}, not ${digest}` };
  }

  private look(source: Source, chart: string, version: string): Promise<FoundChart> {
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
   * The archive of a chart, from a repository or a registry, with the digest that these give. Throws
   * when there is none, and when it is another.
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
    if (digest === undefined) throw new Error(`${reference}/${chart} ${version} is no chart`);
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

  /** OCI distribution: asks for the manifest, with an anonymous token where one is wanted. */
  private async registry(reference: string, chart: string, version: string): Promise<FoundChart> {
    const { answer, name, host } = await this.manifest(reference, chart, version);
    if (answer.ok) return { digest: sha256(Buffer.from(await answer.arrayBuffer())) };
    if (answer.status === 404) return { problem: `${reference} has no ${chart} ${version}` };
    throw new Error(`${host} answers ${answer.status} for ${name} ${version}`);
  }

  /** The registry's answer for a chart's manifest, and what to ask its other questions with. */
  private async manifest(reference: string, chart: string, version: string) {
    const [, host = "", folder = ""] = /^oci:\/\/([^/]+)\/?(.*)$/.exec(reference) ?? [];
    const name = [folder.replace(/\/$/, ""), chart].filter((part) => part !== "").join("/");
    // Helm writes the plus sign of a version, which tags cannot hold, as an underscore.
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

/** A digest with its algorithm, which the index of a repository leaves out. */
const fullDigest = (digest: string): string => `sha256:${digest.replace(/^sha256:/, "")}`;

const sha256 = (content: Buffer): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Refuses an archive that does not have the expected digest. */
function checked(archive: Buffer, digest: string | undefined, url: string): Buffer {
  const found = sha256(archive);
  const told = digest && fullDigest(digest);
  if (told !== undefined && told !== found) {
    throw new Error(`${url} has the digest ${found}, its source says ${told}`);
  }
  return archive;
}
