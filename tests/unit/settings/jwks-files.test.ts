import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseSettings } from "../../../settings/load";
import { goodSettings } from "./fixture";

describe("the public keys of another cluster in a file", () => {
  const keys = '{"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]}\n';
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "jwks-"));
    fs.mkdirSync(path.join(folder, "folder"));
    fs.writeFileSync(path.join(folder, "west.json"), keys);
    fs.writeFileSync(path.join(folder, "private.json"), '{"keys":[{"kty":"RSA","d":"x"}]}');
    fs.writeFileSync(path.join(folder, "none.json"), "kubectl: command not found");
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const load = (join: object) => {
    const west = { join: { method: "kubernetes", type: "static_jwks", ...join } };
    return parseSettings({ ...goodSettings(), remoteAgents: { west } }, folder);
  };

  it("are read relative to the stack file", () => {
    const { settings } = load({ jwksFile: "west.json" });
    assert.ok(settings?.kind === "plane");
    const join = settings.remoteAgents["west"]?.join;
    assert.ok(join?.method === "kubernetes");
    assert.equal(join.jwks, keys);
  });

  const wrong: [string, object, string][] = [
    [
      "no such file",
      { jwksFile: "east.json" },
      'is "east.json", which is not there: write what `kubectl get --raw /openid/v1/jwks` prints into a file below it.',
    ],
    [
      "a folder",
      { jwksFile: "folder" },
      'is "folder", which is not a file: write what `kubectl get --raw /openid/v1/jwks` prints into a file below it.',
    ],
    [
      "a file elsewhere",
      { jwksFile: "../west.json" },
      'is "../west.json", which is outside the stack file\'s folder: write what `kubectl get --raw /openid/v1/jwks` prints into a file below it.',
    ],
    [
      "keys in both places",
      { jwksFile: "west.json", jwks: keys },
      "says what jwks says already: remove one of them.",
    ],
    [
      "no keys",
      { jwksFile: "none.json" },
      "is not a JSON Web Key Set (a mapping with keys): paste what `kubectl get --raw /openid/v1/jwks` in that cluster prints.",
    ],
    [
      "a private key",
      { jwksFile: "private.json" },
      "has a private key: paste the public keys only, and replace that key.",
    ],
    [
      "another type",
      { jwksFile: "west.json", type: "oidc", issuer: "https://west.example.com" },
      'goes with the type "static_jwks" only, but it is "oidc": remove it, or change that.',
    ],
  ];
  for (const [title, join, message] of wrong) {
    it(`are not ${title}; the one problem is at the file's setting`, () => {
      assert.deepEqual(load(join).problems, [
        { path: "access-plane:remoteAgents.west.join.jwksFile", message },
      ]);
    });
  }
});
