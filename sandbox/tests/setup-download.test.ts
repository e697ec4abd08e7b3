/** The vendors' releases, taken from a mirror of the same layout on this machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { goTools, type GoTool } from "../src/setup/catalogue.ts";
import {
  addressOf,
  findChecksum,
  installRelease,
  releasesFor,
  takeRelease,
  whyOutOfReach,
} from "../src/setup/download.ts";
import { pluginRelease, releaseOf, type Release } from "../src/setup/releases.ts";

const released = ["etcd", "kube", "helm", "pulumi", "kwok", "vault"];
const tool = (name: string) => goTools.find((each) => each.name === name) as GoTool;
const release = (name: string) => releaseOf(tool(name)) as Release;
const isWindowsOrOther = process.arch !== "x64" && process.arch !== "arm64";

/** What a vendor's server does in place of serving a file. */
type Fault = "missing" | "cut off" | "silent";

describe("setup: vendors' releases", function () {
  this.timeout(30_000);
  let server: Server;
  let folder = "";
  let target = "";
  let files: Map<string, Buffer>;
  let faults: Map<string, Fault>;
  const mirrorBefore = process.env["SANDBOX_MIRROR"];

  before(async function () {
    if (isWindowsOrOther || spawnSync("curl", ["--version"]).status !== 0) this.skip();
    server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "");
      const content = files.get(path);
      const fault = faults.get(path);
      if (fault === "silent") return;
      if (content === undefined || fault === "missing") {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { "content-length": content.length });
      if (fault !== "cut off") response.end(content);
      else response.write(content.subarray(0, content.length / 2), () => response.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    process.env["SANDBOX_MIRROR"] = `http://127.0.0.1:${port}/tools/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    if (mirrorBefore === undefined) delete process.env["SANDBOX_MIRROR"];
    else process.env["SANDBOX_MIRROR"] = mirrorBefore;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "setup-download-"));
    target = join(folder, "cache", "tool", "1.0.0");
    files = new Map();
    faults = new Map();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const pathOf = (file: Release["parts"][number]["file"]) => new URL(addressOf(file)).pathname;

  /** Publishes a release whose programs are scripts that print their name, as the vendor lays it out. */
  function publish(what: Release, algorithm = "sha256"): void {
    for (const [index, part] of what.parts.entries()) {
      const work = join(folder, `work-${index}`);
      for (const [program, member] of Object.entries(part.programs)) {
        const file = join(work, part.packed === undefined ? "bare" : member);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `#!/bin/sh\necho this is ${program}\n`);
        chmodSync(file, 0o755);
      }
      const packed = join(folder, "packed");
      const pack = (command: string, args: string[]) => {
        const run = spawnSync(command, args, { cwd: work, encoding: "utf8" });
        assert.equal(run.status, 0, run.stderr);
        return readFileSync(packed);
      };
      const content =
        part.packed === "tar.gz"
          ? pack("tar", ["-czf", packed, ...readdirSync(work)])
          : part.packed === "zip"
            ? pack("python3", ["-m", "zipfile", "-c", packed, ...readdirSync(work)])
            : readFileSync(join(work, "bare"));
      files.set(pathOf(part.file), content);
      const sum = createHash(algorithm).update(content).digest("hex");
      const name = basename(part.file.path);
      const text =
        part.checksums.vendor === "github"
          ? JSON.stringify({ assets: [{ name, digest: `sha256:${sum}` }] })
          : part.checksums.path.endsWith(".sha256")
            ? sum
            : `${"0".repeat(sum.length)}  other-${name}\n${sum}  ./${name}\n`;
      files.set(pathOf(part.checksums), Buffer.from(text));
    }
  }

  const install = (what: Release) => installRelease(what, target, () => undefined);
  const nothingInstalled = () => {
    assert.ok(!existsSync(target), "a program stands where finished ones are looked for");
    assert.deepEqual(readdirSync(dirname(target)), [], "remains lie in the cache");
  };

  for (const name of released) {
    it(`installs ${name}`, async () => {
      publish(release(name));
      await install(release(name));
      const programs = release(name).parts.flatMap((part) => Object.keys(part.programs));
      for (const program of [...tool(name).programs, ...programs]) {
        const said = spawnSync(join(target, program), { encoding: "utf8" }).stdout;
        assert.equal(said, `this is ${program}\n`);
      }
      assert.deepEqual(readdirSync(target).sort(), programs.sort(), "nothing else lies there");
    });
  }

  it("installs a provider plugin by its vendor's checksum", async () => {
    publish(pluginRelease("random")!, "sha1");
    await install(pluginRelease("random")!);
    assert.deepEqual(readdirSync(target), ["pulumi-resource-random"]);
  });

  it("has no release if the vendor publishes none", () => {
    assert.equal(releaseOf(tool("vault-secrets-operator")), undefined);
    assert.equal(releaseOf(tool("etcd"), "riscv64"), undefined);
  });

  const spoil: [string, (what: Release) => void, RegExp][] = [
    [
      "whose transfer is cut off",
      (what) => faults.set(pathOf(what.parts[0]!.file), "cut off"),
      /curl: \(\d+\)/,
    ],
    [
      "that is shorter than what was published",
      (what) => {
        const path = pathOf(what.parts[0]!.file);
        files.set(path, files.get(path)!.subarray(0, 40));
      },
      /has checksum [0-9a-f]{64}, http.*SHA256SUMS says [0-9a-f]{64}/,
    ],
    [
      "that was tampered with",
      (what) => {
        const path = pathOf(what.parts[0]!.file);
        files.set(path, Buffer.concat([files.get(path)!, Buffer.from("x")]));
      },
      /has checksum [0-9a-f]{64}, http.*SHA256SUMS says [0-9a-f]{64}/,
    ],
    ["that is missing", (what) => faults.set(pathOf(what.parts[0]!.file), "missing"), /404/],
    [
      "without a file of checksums",
      (what) => faults.set(pathOf(what.parts[0]!.checksums), "missing"),
      /404/,
    ],
    [
      "that the file of checksums does not name",
      (what) =>
        files.set(pathOf(what.parts[0]!.checksums), Buffer.from(`${"0".repeat(64)}  other\n`)),
      /has no checksum of etcd-v/,
    ],
  ];
  for (const [what, damage, reason] of spoil) {
    it(`does not use a release ${what}: reports it and compiles`, async () => {
      publish(release("etcd"));
      damage(release("etcd"));
      let compiled = 0;
      const notes: string[] = [];
      const order = { title: "etcd 3", release: release("etcd"), target };
      const remark = await takeRelease(
        { ...order, choice: "auto" },
        (note) => notes.push(note),
        (report) => {
          compiled += 1;
          report("1 of 2 packages");
          return Promise.resolve();
        },
      );
      assert.equal(compiled, 1);
      assert.match(
        remark ?? "",
        /^etcd 3: the vendor's release was not used \(.*\); it was compiled\.$/,
      );
      assert.match(remark ?? "", reason);
      assert.match(notes.at(-1) ?? "", /not used, compiling: 1 of 2 packages/);
      nothingInstalled();
      const must = takeRelease(
        { ...order, choice: "download" },
        () => undefined,
        () => assert.fail("compiled all the same"),
      );
      await assert.rejects(must, /was not used .* With SANDBOX_TOOLS=auto it is compiled instead/);
    });
  }

  it("removes all parts of a release if one of its programs is broken", async () => {
    publish(release("kube"));
    const path = pathOf(release("kube").parts[2]!.file);
    files.set(path, Buffer.from("not a scheduler"));
    await assert.rejects(install(release("kube")), /kube-scheduler has checksum/);
    nothingInstalled();
  });

  it("asks each vendor once, and uses the releases of those that answer", async () => {
    const said: string[] = [];
    const ask = (choice: "auto" | "download" | "source") =>
      releasesFor(goTools, choice, (line) => said.push(line));
    for (const name of ["etcd", "vault", "kwok"]) publish(release(name));
    faults.set(pathOf(release("vault").parts[0]!.checksums), "silent");
    const began = Date.now();
    assert.deepEqual([...(await ask("auto")).keys()].sort(), ["etcd", "kwok"]);
    assert.ok(Date.now() - began < 20_000, "a vendor that does not answer holds everything up");
    assert.match(said.join("\n"), /^These vendors' releases.*\n  helm: .*404.*\n  kube: .*404/);
    assert.match(said.join("\n"), /vault: .*timed out/i);
    assert.deepEqual([...(await ask("source")).keys()], []);
    assert.deepEqual([...(await ask("download")).keys()].sort(), [...released].sort());
  });

  it("recognizes a vendor that cannot be reached", async () => {
    const mirror = process.env["SANDBOX_MIRROR"];
    process.env["SANDBOX_MIRROR"] = "http://127.0.0.1:1";
    try {
      assert.match((await whyOutOfReach(release("etcd"))) ?? "", /^curl: \(7\)/);
    } finally {
      process.env["SANDBOX_MIRROR"] = mirror;
    }
  });
});

describe("setup: published checksums", () => {
  const sum = "a".repeat(64);
  const cases: [string, string][] = [
    ["lines of sha256sum", `${"b".repeat(64)}  x.tar.gz.asc\n${sum}  x.tar.gz\n`],
    ["binary mode", `${sum} *x.tar.gz\n`],
    ["paths", `${sum}  ./dist/x.tar.gz\n`],
    ["a bare checksum", sum],
    ["capitals", `${sum.toUpperCase()}  x.tar.gz`],
    [
      "GitHub's description",
      JSON.stringify({ assets: [{ name: "x.tar.gz", digest: `sha256:${sum}` }] }),
    ],
  ];
  for (const [what, text] of cases) {
    it(`reads ${what}`, () => assert.equal(findChecksum(text, "x.tar.gz"), sum));
  }
  it("refuses other texts as checksums", () => {
    for (const text of ["", "<html>moved</html>", "abc  x.tar.gz", '{"assets":[]}']) {
      assert.equal(findChecksum(text, "x.tar.gz"), undefined);
    }
  });

  it("downloads from the vendor, or from a mirror below the vendor's host name", () => {
    const file = { vendor: "etcd", path: "v1/x" } as const;
    const address = "github.com/etcd-io/etcd/releases/download/v1/x";
    assert.equal(addressOf(file, undefined), `https://${address}`);
    assert.equal(addressOf(file, "file:///srv/mirror/"), `file:///srv/mirror/${address}`);
  });
});
