import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { EC2Client, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../../../operations/base/exit-codes";
import { explainError } from "../../../../operations/cli/explain-error";
import { LiveKubernetes } from "../../../../operations/clients/kubernetes";

/** Errors of the real clients become one readable line with an exit code of their own. */
describe("a server that fails", () => {
  let answer: (response: http.ServerResponse) => void;
  let server: http.Server;
  let address: string;
  before(async () => {
    server = http.createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const cluster = () => {
    const config = new k8s.KubeConfig();
    config.loadFromClusterAndUser(
      { name: "c", server: address, skipTLSVerify: true },
      { name: "u", token: "t" },
    );
    return config;
  };
  const secrets = () =>
    cluster().makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace: "teleport" });
  const read = () => new LiveKubernetes(cluster).list("v1", "Secret", { namespace: "teleport" });
  const vpcs = () =>
    new EC2Client({
      ...{ region: "eu-central-1", endpoint: address, maxAttempts: 1 },
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    }).send(new DescribeVpcsCommand());
  const vault = () => fetch(`${address}/v1/sys/health`);

  const explained = async (ask: () => Promise<unknown>) => {
    const error: unknown = await ask().then(
      () => assert.fail("it did not fail"),
      (reason: unknown) => reason,
    );
    const { reason, code, message } = explainError(error);
    assert.equal(reason, "ENVIRONMENT", message);
    assert.equal(code, EXIT.ENVIRONMENT);
    assert.doesNotMatch(message, /\n\s+at |Headers:/);
    return message;
  };
  const says = (code: number, body: string) => (response: http.ServerResponse) =>
    response.writeHead(code).end(body);

  it("is reported with its answer: Kubernetes, as a Status or as other text", async () => {
    answer = says(500, "a fault of the test");
    for (const ask of [secrets, read]) {
      assert.equal(
        await explained(ask),
        "the Kubernetes API server answers 500: a fault of the test",
      );
    }
    answer = says(401, JSON.stringify({ kind: "Status", message: "Unauthorized", code: 401 }));
    for (const ask of [secrets, read]) {
      assert.equal(await explained(ask), "the Kubernetes API server answers 401: Unauthorized");
    }
  });

  it("is reported with its answer: AWS", async () => {
    const error = "<Error><Code>ExpiredToken</Code><Message>has expired</Message></Error>";
    answer = says(400, `<Response><Errors>${error}</Errors></Response>`);
    assert.equal(await explained(vpcs), "AWS answers 400: ExpiredToken: has expired");
  });

  it("is reported with the reason if it cannot be reached", async () => {
    answer = (response) => response.socket?.destroy();
    for (const ask of [secrets, read, vault]) {
      assert.match(await explained(ask), /^127\.0\.0\.1:\d+: other side closed/);
    }
    assert.match(await explained(vpcs), /ECONNRESET|socket hang up/);
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
    for (const ask of [secrets, read, vault, vpcs]) {
      assert.match(await explained(ask), /ECONNREFUSED/);
    }
  });

  it("is not reported for a fault of the program", () => {
    const { reason } = explainError(new TypeError("x is not a function"));
    assert.equal(reason, "UNEXPECTED");
  });
});
