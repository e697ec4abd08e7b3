import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { kubeConfig } from "../../../../operations/base/kube-config";
import { LiveKubernetes } from "../../../../operations/clients/kubernetes";
import { issue } from "../verify/certificates";

describe("requests to the API server", () => {
  it("share connections", async () => {
    const { pem: cert, key } = await issue({ subject: "API server" });
    let connections = 0;
    const server = https.createServer({ cert, key }, (_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ gitVersion: "v1.36.3", status: { allowed: true } }));
    });
    server.on("secureConnection", () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-kube-"));
    const kubeconfig = path.join(folder, "kubeconfig");
    const { port } = server.address() as AddressInfo;
    const config = {
      clusters: [
        {
          name: "one",
          cluster: { server: `https://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
        },
      ],
      users: [{ name: "one", user: { token: "none" } }],
      contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
      "current-context": "one",
    };
    fs.writeFileSync(kubeconfig, stringify(config));
    try {
      const kubernetes = new LiveKubernetes(() => kubeConfig({ kubernetes: { kubeconfig } }));
      assert.equal(await kubernetes.version(), "v1.36.3");
      for (const verb of ["get", "list", "watch", "create", "update", "delete"]) {
        assert.ok(await kubernetes.allowed({ verb, group: "", resource: "pods" }));
      }
      // One more, if the next request begins before the last one has released its connection.
      assert.ok(connections <= 2, String(connections));
    } finally {
      server.closeAllConnections();
      server.close();
      fs.rmSync(folder, { recursive: true });
    }
  });
});
