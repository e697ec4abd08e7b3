/** Address and token of Vault. The token comes from the caller's environment. */
export interface VaultArgs {
  address: string;
  token: string;
  namespace?: string;
}

/** What the checks need of Vault. Tests pass their own. */
export type VaultReader = Pick<LiveVault, keyof LiveVault>;

/** Reads Vault over HTTP. */
export class LiveVault {
  /** URL of Vault. */
  readonly address: string;
  private readonly headers: Record<string, string>;

  constructor({ address, token, namespace }: VaultArgs) {
    this.address = address.replace(/\/$/, "");
    this.headers = {
      ...(token === "" ? {} : { "X-Vault-Token": token }),
      ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
    };
  }

  /** Needs no token. */
  async health(): Promise<{ sealed: boolean; initialized: boolean; version: string }> {
    // Standby and performance nodes answer with other status codes unless these parameters are set.
    const answer = await this.send("GET", "sys/health?standbyok=true&perfstandbyok=true");
    return (await answer.json()) as { sealed: boolean; initialized: boolean; version: string };
  }

  /** Policies of the token, and the seconds until it expires. */
  async token(): Promise<{ policies: string[]; secondsLeft: number }> {
    const data = await this.read("auth/token/lookup-self");
    return {
      policies: (data?.["policies"] as string[] | undefined) ?? [],
      secondsLeft: Number(data?.["ttl"] ?? 0),
    };
  }

  /** `data` of a path below `/v1/`. Undefined if there is nothing at the path. */
  async read(path: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.send("GET", path);
    if (answer.status === 404) return undefined;
    // The database engine answers like this for an unknown name.
    if (answer.status === 400 && (await answer.clone().text()).includes("unknown role")) {
      return undefined;
    }
    return (await this.body(answer, `GET ${path}`)).data;
  }

  /** Capabilities of the token for each path. */
  async capabilities(paths: string[]): Promise<Record<string, string[]>> {
    const path = "sys/capabilities-self";
    const answer = await this.send("POST", path, { paths });
    const { data = {} } = await this.body(answer, `POST ${path}`);
    return Object.fromEntries(paths.map((name) => [name, (data[name] ?? []) as string[]]));
  }

  private send(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.address}/v1/${path}`, {
      method,
      headers: this.headers,
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  private async body(
    answer: Response,
    request: string,
  ): Promise<{ data?: Record<string, unknown> }> {
    if (answer.ok) return (await answer.json()) as { data?: Record<string, unknown> };
    const { errors = [] } = (await answer.json().catch(() => ({}))) as { errors?: string[] };
    throw new Error(
      `Vault answers ${answer.status} to ${request}: ${errors.join(", ") || answer.statusText}`,
    );
  }
}
