import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** Finds out which versions of a chart there are. */
export interface ChartSourceReader {
  /**
   * Whether a source has a chart in a version: `undefined` when it has, else what was seen.
   * Throws when the source cannot be asked.
   */
  missing(
    source: { repository?: string; oci?: string; path?: string },
    chart: string,
    version: string,
  ): Promise<string | undefined>;
}

const TIMEOUT_MS = 25_000;

/** `fetch`, or what a test gives in its place. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Reads repositories over HTTP, OCI registries, and directories. */
export class LiveCharts implements ChartSourceReader {
  private readonly indexes = new Map<string, Promise<Record<string, { version: string }[]>>>();

  constructor(
    private readonly cwd: string,
    private readonly defaultRepository: string,
    private readonly fetch: Fetch = globalThis.fetch,
  ) {}

  missing(
    source: { repository?: string; oci?: string; path?: string },
    chart: string,
    version: string,
  ): Promise<string | undefined> {
    if (source.path !== undefined) return Promise.resolve(this.folder(source.path, chart, version));
    if (source.oci !== undefined) return this.registry(source.oci, chart, version);
    return this.repository(source.repository ?? this.defaultRepository, chart, version);
  }

  private get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  private folder(folder: string, chart: string, version: string): string | undefined {
    const file = path.resolve(this.cwd, folder, chart, "Chart.yaml");
    if (!fs.existsSync(file)) return `no chart ${chart} in ${folder}`;
    const found = parse(fs.readFileSync(file, "utf8")) as { version?: string };
    return found.version === version
      ? undefined
      : `${chart} in ${folder} is version ${found.version ?? "unknown"}`;
  }

  private async repository(
    url: string,
    chart: string,
    version: string,
  ): Promise<string | undefined> {
    let index = this.indexes.get(url);
    if (index === undefined) {
      index = this.get(`${url.replace(/\/$/, "")}/index.yaml`).then(async (answer) => {
        if (!answer.ok) throw new Error(`${url}/index.yaml answers ${answer.status}`);
        const { entries = {} } = parse(await answer.text()) as {
          entries?: Record<string, { version: string }[]>;
        };
        return entries;
      });
      this.indexes.set(url, index);
    }
    const versions = (await index)[chart]?.map((entry) => entry.version) ?? [];
    if (versions.includes(version)) return undefined;
    return versions.length === 0
      ? `${url} has no chart ${chart}`
      : `${url} has no ${chart} ${version}; newest is ${versions[0] ?? "unknown"}`;
  }

  /** OCI distribution: asks for the manifest, with an anonymous token where one is wanted. */
  private async registry(
    reference: string,
    chart: string,
    version: string,
  ): Promise<string | undefined> {
    const [, host = "", folder = ""] = /^oci:\/\/([^/]+)\/?(.*)$/.exec(reference) ?? [];
    const name = [folder.replace(/\/$/, ""), chart].filter((part) => part !== "").join("/");
    // Helm writes the plus sign of a version, which tags cannot hold, as an underscore.
    const url = `https://${host}/v2/${name}/manifests/${version.replace(/\+/g, "_")}`;
    const accept = "application/vnd.oci.image.manifest.v1+json";
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
        answer = await this.get(url, { accept, authorization: `Bearer ${token ?? other ?? ""}` });
      }
    }
    if (answer.ok) return undefined;
    if (answer.status === 404) return `${reference} has no ${chart} ${version}`;
    throw new Error(`${host} answers ${answer.status} for ${name} ${version}`);
  }
}
