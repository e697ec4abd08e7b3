import * as https from "node:https";
import type { AddressInfo } from "node:net";

/** Certificate and answers of the server. Tests may change them while it runs. */
export interface Proxy {
  /** The served chain and its key. */
  cert: string;
  key: string;
  clusterName: string;
  version: string;
  /** Hosts that answer without asking for a login. */
  open: Set<string>;
}

/** A small real TLS server that plays Teleport's proxy. */
export async function startProxy(
  state: Proxy,
): Promise<{ port: number; use: (pair: { cert: string; key: string }) => void; stop: () => void }> {
  const server = https.createServer({ cert: state.cert, key: state.key }, (request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (host === state.clusterName && request.url === "/webapi/ping") {
      const ping = { cluster_name: state.clusterName, server_version: state.version };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(ping));
    } else if (state.open.has(host)) {
      response.end("<h1>Grafana</h1>");
    } else {
      response.statusCode = 302;
      response.setHeader("location", `https://${state.clusterName}/web/launch/${host}?path=%2F`);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    use: (pair) => server.setSecureContext(pair),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
