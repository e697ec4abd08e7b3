/** Error codes of failed connections, from Node.js and its HTTP client. */
const CONNECTION =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|ERR_(TLS|SSL)_\w+|ERR_STREAM_PREMATURE_CLOSE|CERT_\w+|UNABLE_TO_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*)$/;

/** The server's own words in the answer to a failed request to the Kubernetes API. */
export function apiAnswer({
  code,
  body,
  message,
}: {
  code: number;
  body: unknown;
  message: string;
}) {
  // What the API's description knows no body for comes without.
  let said = typeof body === "string" ? body : (/^Message: (.*)$/m.exec(message)?.[1] ?? "");
  try {
    const status = JSON.parse(said) as { message?: string } | null;
    said = status?.message ?? said;
  } catch {
    // Not a Status object: say it as it came.
  }
  return `the Kubernetes API server answers ${code}: ${said}`;
}

/** Fields of errors from the Kubernetes client, AWS's SDK and Node.js. */
interface Loose extends Error {
  code?: unknown;
  body?: unknown;
  headers?: unknown;
  $metadata?: { httpStatusCode?: number };
  errors?: unknown[];
  socket?: { remoteAddress?: string; remotePort?: number };
}

/**
 * What a server answered, or why it was not reached, in one line. Undefined for any other error. Known by
 * its fields: the clients are large, and not every command loads them.
 */
export function serverFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const {
    code,
    body,
    headers,
    $metadata,
    name,
    message,
    cause,
    socket,
    errors = [],
  } = error as Loose;
  if (typeof code === "number" && headers !== undefined) return apiAnswer({ code, body, message });
  if ($metadata?.httpStatusCode !== undefined) {
    return `AWS answers ${$metadata.httpStatusCode}: ${name}: ${message}`;
  }
  if (typeof code === "string" && CONNECTION.test(code)) {
    // The error of several addresses of one name has no text of its own.
    if (message === "") return serverFault(errors[0]) ?? code;
    const { remoteAddress, remotePort } = socket ?? {};
    const place = remoteAddress === undefined ? "" : `${remoteAddress}:${remotePort ?? ""}`;
    return place === "" || message.includes(place) ? message : `${place}: ${message}`;
  }
  const below = serverFault(cause);
  // The reason first: behind the name of a Secret it would look like the value of one.
  return below === undefined ? undefined : `${below} (${message})`;
}
