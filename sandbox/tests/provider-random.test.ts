import assert from "node:assert/strict";
import { Secret, unwrap, type Props } from "../src/providers/framework.ts";
import { bcrypt } from "../src/providers/random/bcrypt.ts";
import { Plugin, urn } from "./provider-tables-support.ts";

const PASSWORD = urn("random:index/randomPassword:RandomPassword", "pw");
const ID = urn("random:index/randomId:RandomId", "id");
const secretText = (outs: Props, key: string): string => {
  assert.ok(outs[key] instanceof Secret, `${key} is a secret`);
  return String(unwrap(outs[key]));
};

describe("random provider", function () {
  this.timeout(20_000);
  let provider: Plugin;
  before(async () => {
    provider = await Plugin.start("random", {}, {});
  });
  after(() => provider.stop());

  it("generates a secret password with the required characters, and its bcrypt hash", async () => {
    const inputs = { length: 24, special: false, minNumeric: 20, upper: false };
    const { id, outs } = await provider.create(PASSWORD, inputs);
    const result = secretText(outs, "result");
    assert.equal(id, "none");
    assert.match(result, /^[a-z0-9]{24}$/);
    assert.ok(result.replace(/\D/g, "").length >= 20);
    assert.match(secretText(outs, "bcryptHash"), /^\$2a\$10\$.{53}$/);
  });

  it("computes bcrypt hashes", () => {
    const salt = Buffer.from("10410410410410410410410410410410", "hex");
    assert.equal(
      bcrypt("U*U", salt, 5),
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    );
  });

  it("generates nothing in a preview", async () => {
    const { outs } = await provider.create(PASSWORD, { length: 8 }, true);
    assert.equal(outs["result"], undefined);
  });

  it("replaces a value only if a keeper changes", async () => {
    const inputs = { length: 8, keepers: { turn: "1" } };
    const state = await provider.create(PASSWORD, inputs);
    const same = await provider.diff(PASSWORD, state.id, state.outs, inputs, inputs);
    assert.deepEqual([same.changes, same.replaces], [false, []]);
    const turned = await provider.diff(
      PASSWORD,
      state.id,
      state.outs,
      { length: 8, keepers: { turn: "2" } },
      inputs,
    );
    assert.deepEqual(turned.replaces, ["keepers.turn"]);
  });

  it("keeps its value in a refresh, and imports a value", async () => {
    const state = await provider.create(PASSWORD, { length: 8 });
    const refreshed = await provider.read(PASSWORD, state.id, state.outs, { length: 8 });
    assert.equal(unwrap(refreshed?.outs["result"] ?? null), unwrap(state.outs["result"] ?? null));
    const imported = await provider.read(PASSWORD, "S3cret!");
    assert.equal(secretText(imported!.outs, "result"), "S3cret!");
    assert.deepEqual(imported!.inputs, { length: 7 });
  });

  it("returns a random id in all its forms, with its prefix", async () => {
    const { id, outs } = await provider.create(ID, { byteLength: 6, prefix: "p-" });
    const bytes = Buffer.from(id, "base64url");
    assert.equal(bytes.length, 6);
    assert.equal(outs["hex"], `p-${bytes.toString("hex")}`);
    assert.equal(outs["dec"], `p-${BigInt(`0x${bytes.toString("hex")}`)}`);
  });

  it("reports missing and unsupported inputs", async () => {
    const { failures } = await provider.check(PASSWORD, {});
    assert.deepEqual(
      failures.map(({ reason }) => reason),
      ["Missing required property 'length'"],
    );
    const odd = urn("random:index/randomShuffle:RandomShuffle", "x");
    await assert.rejects(provider.create(odd, {}), /randomShuffle.*not supported here/);
  });
});
