import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { choosePorts, firstPort, isFree } from "../src/run/ports.ts";

function listen(port = 0): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe("run: ports", () => {
  let holder: Server;

  before(async () => {
    holder = await listen();
  });

  after((done) => void holder.close(done));

  it("are checked for being free", async () => {
    assert.equal(await isFree(portOf(holder)), false);
    const { etcd } = await choosePorts(["etcd"], {}, new Set(), "00000000");
    assert.equal(await isFree(etcd!), true);
  });

  it("are different for each name, below the range of outgoing connections", async () => {
    const names = ["a", "b", "c", "d"];
    const chosen = await choosePorts(names, {}, new Set(), "12345678");
    assert.deepEqual(Object.keys(chosen), names);
    assert.equal(new Set(Object.values(chosen)).size, 4);
    for (const port of Object.values(chosen)) assert.ok(port >= 20_000 && port < 30_000);
  });

  it("are the remembered ones if these are free", async () => {
    const first = await choosePorts(["a", "b"], {}, new Set(), "12345678");
    const swapped = { a: first["b"]!, b: first["a"]! };
    assert.deepEqual(await choosePorts(["a", "b"], swapped, new Set(), "12345678"), swapped);
  });

  it("are replaced only if another process has taken them", async () => {
    const kept = await choosePorts(["b"], {}, new Set(), "12345678");
    const remembered = { a: portOf(holder), ...kept };
    const chosen = await choosePorts(["a", "b"], remembered, new Set(), "12345678");
    assert.notEqual(chosen["a"], portOf(holder));
    assert.notEqual(chosen["a"], chosen["b"]);
    assert.equal(chosen["b"], kept["b"]);
  });

  it("are kept if a running part of this sandbox uses them", async () => {
    const remembered = { a: portOf(holder) };
    assert.deepEqual(await choosePorts(["a"], remembered, new Set(["a"]), "12345678"), remembered);
  });

  it("start elsewhere for another sandbox, and at the same port for the same one", () => {
    assert.equal(firstPort("0123456789ab"), firstPort("0123456789ab"));
    assert.notEqual(firstPort("0123456789ab"), firstPort("fedcba987654"));
  });
});
