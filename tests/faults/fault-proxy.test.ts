import * as assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { issue } from "../unit/operations/verify/certificates";
import { FaultProxy, type Fault } from "./fault-proxy";
import { random } from "./random";

const BODY = "an answer of a server that works";

/** Tests the harness itself. */
describe("a proxy that disturbs requests", () => {
  let proxy: FaultProxy;
  let behind: http.Server;
  let asked: string[];

  before(async () => {
    behind = http.createServer((request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      response.end(BODY);
    });
    await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
    const { port } = behind.address() as AddressInfo;
    proxy = await FaultProxy.start({
      target: `http://127.0.0.1:${port}`,
      random: random(1),
      expired: () => ({ status: 401, type: "text/plain", body: "too old" }),
    });
  });
  beforeEach(() => {
    asked = [];
  });
  after(async () => {
    await proxy.stop();
    behind.closeAllConnections();
    behind.close();
  });

  const get = async (path = "/a%2Fb?c=d") => {
    const answer = await fetch(`${proxy.address}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const inject = (fault: Fault) => proxy.disturb(100, [fault]);

  it("passes requests on unchanged by default", async () => {
    proxy.disturb();
    assert.deepEqual(await get(), { status: 200, body: BODY });
    assert.deepEqual(asked, ["GET /a%2Fb?c=d"]);
  });

  it("answers instead of the server", async () => {
    for (const status of ["429", "500", "503"] as const) {
      inject(status);
      assert.equal((await get()).status, Number(status));
    }
    inject("expired");
    assert.deepEqual(await get(), { status: 401, body: "too old" });
    assert.deepEqual(asked, []);
  });

  it("drops a request before or after the server handles it", async () => {
    inject("reset");
    await assert.rejects(get());
    assert.equal(asked.length, 0);
    inject("lost answer");
    await assert.rejects(get());
    assert.equal(asked.length, 1);
  });

  it("cuts an answer off, or delays it", async () => {
    inject("half answer");
    await assert.rejects(get());
    inject("delay");
    const began = Date.now();
    assert.equal((await get()).body, BODY);
    assert.ok(Date.now() - began >= 490);
  });

  it("skips some requests first", async () => {
    proxy.disturb(100, ["500"], 2);
    const statuses = [(await get()).status, (await get()).status, (await get()).status];
    assert.deepEqual(statuses, [200, 200, 500]);
  });

  it("resets and cuts off connections over TLS", async () => {
    const { port } = behind.address() as AddressInfo;
    const certificate = await issue({ subject: "localhost", names: ["localhost"] });
    const secure = await FaultProxy.start({
      target: `http://127.0.0.1:${port}`,
      certificate,
      random: random(1),
      expired: () => ({ status: 401, type: "text/plain", body: "too old" }),
    });
    /** The error that ends a request, and the part of the body that arrived before. */
    const failure = (fault: Fault) =>
      new Promise<{ message: string; body: string }>((resolve) => {
        secure.disturb(100, [fault]);
        let body = "";
        const end = ({ message }: Error) => resolve({ message, body });
        const request = https.get(secure.address, { ca: certificate.pem }, (answer) => {
          answer.on("data", (chunk) => (body += String(chunk))).on("error", end);
        });
        request.on("error", end);
      });
    try {
      assert.deepEqual(await failure("reset"), { message: "read ECONNRESET", body: "" });
      assert.equal(asked.length, 0);
      assert.deepEqual(await failure("lost answer"), { message: "read ECONNRESET", body: "" });
      assert.equal(asked.length, 1);
      const half = BODY.slice(0, BODY.length / 2);
      assert.deepEqual(await failure("half answer"), { message: "aborted", body: half });
    } finally {
      await secure.stop();
    }
  });
});
