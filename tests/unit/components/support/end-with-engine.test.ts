import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithEngine } from "../../../../components/support/end-with-engine";

describe("a program without its engine", () => {
  it("ends when the engine has ended, not when it closes an idle connection", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const ends: string[] = [];
    const connected = once(server, "connection") as Promise<[net.Socket]>;
    endWithEngine(`127.0.0.1:${port}`, () => ends.push("ended"));
    const [first] = await connected;
    const again = once(server, "connection") as Promise<[net.Socket]>;
    first.destroy();
    const [second] = await again;
    assert.deepEqual(ends, []);
    server.close();
    second.destroy();
    for (let tries = 0; ends.length === 0 && tries < 100; tries += 1) await sleep(20);
    assert.deepEqual(ends, ["ended"]);
  });

  it("is not affected if no engine runs it", () => {
    for (const address of [undefined, "", "unix:/run/engine"]) {
      endWithEngine(address, () => assert.fail("it was ended"));
    }
  });
});
