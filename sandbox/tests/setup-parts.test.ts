import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goTools, moduleData, type GoTool } from "../src/setup/catalogue.ts";
import { findOnPath, judge } from "../src/setup/find-on-path.ts";
import {
  duration,
  estimate,
  expectedSeconds,
  makePlan,
  neededDiskMiB,
  shortages,
  type Work,
} from "../src/setup/plan.ts";
import { standInScript } from "../src/setup/plugins.ts";
import { newestWithWal2json } from "../src/setup/postgres.ts";
import { secondsLeft } from "../src/setup/progress.ts";
import { parseChoice } from "../src/setup/sources.ts";
import { inRange, parseVersion } from "../src/setup/versions.ts";
import { closingLine, countsOf } from "../src/commands/test.ts";
import { table } from "../src/commands/shell.ts";
import { flatten } from "../src/commands/deployed-objects.ts";

const build = (name: string): Work => {
  const tool = goTools.find((each) => each.name === name) as GoTool;
  return { kind: "build", title: name, seconds: tool.seconds, tool };
};

describe("setup: plan", () => {
  it("leaves out of a demo what only tests use", () => {
    const programs = (tests: boolean) => {
      const { ready, work } = makePlan({ providers: "standin", tests });
      return [...ready, ...work].map(({ title }) => title.split(" ")[0]);
    };
    const demo = programs(false);
    assert.deepEqual(
      programs(true).filter((program) => !demo.includes(program)),
      ["helm", "caddy"],
    );
  });
});

describe("setup: versions", () => {
  const said: [string, string][] = [
    ["etcd Version: 3.7.3\nGit SHA: Not provided", "3.7.3"],
    ["Kubernetes v1.36.3", "1.36.3"],
    ["v3.22.0+g1234567", "3.22.0"],
    ["Vault v1.21.0, built 2025-11-21T15:05:11Z", "1.21.0"],
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["go version go1.27rc1 linux/amd64", "1.27.0"],
    ["postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18.0"],
  ];
  for (const [text, version] of said) {
    it(`reads ${version} from "${text.split("\n")[0] ?? ""}"`, () => {
      assert.equal(parseVersion(text)?.join("."), version);
    });
  }

  it("finds no version in words", () => {
    assert.equal(parseVersion("version unknown"), undefined);
  });

  it("finds no version in other text", () => {
    const range = { atLeast: "3.246", below: "4" };
    assert.deepEqual(
      (["3.245.9", "3.246.0", "3.300.1", "4.0.0"] as const).map((text) =>
        inRange(parseVersion(text)!, range),
      ),
      [false, true, true, false],
    );
  });
});

describe("setup: programs on PATH", () => {
  let folder = "";
  const path = process.env["PATH"];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "setup-path-"));
    symlinkSync(process.execPath, join(folder, "tool-of-this-test"));
    process.env["PATH"] = folder;
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("are used in a supported version", () => {
    const found = judge("tool-of-this-test", ["--version"], { atLeast: "22.18" });
    assert.ok(found.suitable);
    assert.equal(found.path, join(folder, "tool-of-this-test"));
  });

  it("do not include the links of a sandbox whose env file was sourced", () => {
    const bin = join(folder, ".sandbox", "bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync(process.execPath, join(bin, "linked-tool"));
    assert.equal(findOnPath("linked-tool", bin), undefined);
    assert.equal(findOnPath("linked-tool", `${bin}/`), undefined);
  });

  it("are reported if they are too old", () => {
    const found = judge("tool-of-this-test", ["--version"], { atLeast: "999" });
    assert.ok(!found.suitable);
    assert.match(found.why, /^is \d+\.\d+\.\d+, needed is 999 or later$/);
  });

  it("are reported if they are missing", () => {
    assert.deepEqual(judge("no-such-tool", [], { atLeast: "1" }), {
      suitable: false,
      why: "not on PATH",
    });
    assert.equal(findOnPath("no-such-tool"), undefined);
  });
});

describe("setup: the estimate", () => {
  it("scales compile times with the cores, up to eight, and no other times", () => {
    const kube = build("kube");
    assert.equal(expectedSeconds(kube, 2), kube.seconds);
    assert.equal(expectedSeconds(kube, 4), kube.seconds / 2);
    assert.equal(expectedSeconds(kube, 8), expectedSeconds(kube, 64));
    assert.equal(expectedSeconds({ kind: "moto", title: "moto", seconds: 40 }, 8), 40);
  });

  it("is under 28 minutes for everything on two cores", () => {
    const all = goTools.map(({ name }) => build(name));
    assert.ok(estimate(all, 2) < 28 * 60, duration(estimate(all, 2)));
  });

  it("adjusts the remaining time to the measured speed", () => {
    const [first, second, third] = [{ seconds: 100 }, { seconds: 100 }, { seconds: 200 }];
    assert.equal(secondsLeft([{ ...first, spent: 40 }, second, third], 40), 60 + 100 + 200);
    const slow = { ...first, spent: 200, done: true };
    // A quarter of all is done, at half the pace: that counts as much as the expectation.
    assert.equal(secondsLeft([slow, { ...second, spent: 0 }, third], 200), 1.5 * (100 + 200));
    const short = { seconds: 40, spent: 80, done: true };
    const others = [{ seconds: 400, spent: 0 }, { seconds: 1160 }];
    const left = secondsLeft([short, ...others], 80);
    assert.ok(
      left < 1.15 * 1560,
      `${String(left)} s: one slow short step says little of the others`,
    );
    const overdue = secondsLeft([slow, { ...third, spent: 10_000 }], 10_200);
    assert.ok(overdue > 0, "an overdue step still has time left");
    const beside = [{ ...first, spent: 80 }, { ...second, spent: 80 }, third];
    assert.equal(secondsLeft(beside, 80), 60 + 60 + 200, "two at one time share the cores");
  });

  it("includes space for build caches only if there are none", () => {
    const work = [build("kube"), build("vault")];
    assert.ok(neededDiskMiB(work, false) > neededDiskMiB(work, true) + 5000);
    assert.equal(neededDiskMiB([], false), 0);
  });

  it("lists what the machine lacks, with remedies", () => {
    const poor = { cores: 2, freeDiskMiB: 500, freeMemoryMiB: 800 };
    const problems = shortages([build("kube")], poor, false);
    assert.equal(problems.length, 2);
    assert.match(problems[0]!, /^disk: \d+\.\d GiB needed .* 0\.5 GiB free; .*XDG_CACHE_HOME/);
    assert.match(problems[1]!, /^memory: \d+\.\d GiB needed .* 0\.8 GiB available/);
    assert.deepEqual(shortages([], poor, false), []);
    const some = { cores: 2, freeDiskMiB: 20_000, freeMemoryMiB: 4000 };
    assert.deepEqual(shortages([build("kube"), build("vault")], some, false), []);
    const [hungry] = shortages([build("kube"), build("pulumi-resource-kubernetes")], some, false);
    assert.match(hungry!, /^memory: 4\.9 GiB needed .* 3\.9 GiB available/);
  });

  it("has readable durations", () => {
    assert.deepEqual([0, 59.6, 60, 250, 3900].map(duration), [
      "0 s",
      "1 min",
      "1 min",
      "4 min 10 s",
      "1 h 05 min",
    ]);
  });
});

describe("setup: the catalogue", () => {
  it("has the version of every module", async () => {
    const { readFileSync } = await import("node:fs");
    const { toolchainDir } = await import("../src/setup/paths.ts");
    const pins = [
      ...goTools.map(({ name, version, pinnedAs }) => [name, pinnedAs ?? version] as const),
      ...moduleData.map(({ pinnedBy, version }) => [pinnedBy, version] as const),
    ];
    for (const [folder, version] of pins) {
      const goMod = readFileSync(join(toolchainDir, folder, "go.mod"), "utf8");
      assert.match(
        goMod,
        new RegExp(` v${version.replaceAll(".", "\\.")}(?: // indirect)?$`, "m"),
        folder,
      );
    }
    const wheels = readFileSync(join(toolchainDir, "moto", "requirements.txt"), "utf8");
    const { moto } = await import("../src/setup/catalogue.ts");
    assert.ok(wheels.includes(`moto==${moto.version} `));
  });

  it("has the provider plugins in the versions of the program's npm packages", async () => {
    const { readFileSync } = await import("node:fs");
    const { checkout } = await import("../src/setup/paths.ts");
    const { providers } = await import("../src/setup/catalogue.ts");
    const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(providers)) {
      assert.equal(dependencies[`@pulumi/${name}`], version);
    }
  });
});

describe("setup: choices", () => {
  it("are auto, official and standin; other texts are refused", () => {
    const words = ["auto", "official", "standin"] as const;
    assert.equal(parseChoice("--charts", undefined, words), "auto");
    assert.equal(parseChoice("--charts", "", words), "auto");
    assert.equal(parseChoice("--charts", "official", words), "official");
    assert.throws(() => parseChoice("SANDBOX_CHARTS", "oficial", words), {
      message: 'SANDBOX_CHARTS: "oficial" is not one of auto, official, standin',
    });
  });

  it("use PostgreSQL 15, or the newest one with wal2json", () => {
    const both = "postgresql-15-wal2json\npostgresql-17-wal2json\npostgresql-17\n";
    assert.equal(newestWithWal2json(both), "15");
    assert.equal(newestWithWal2json("postgresql-16-wal2json\npostgresql-17-wal2json"), "17");
    assert.equal(newestWithWal2json("postgresql-13-wal2json\npostgresql-16"), undefined);
  });

  it("quote paths in the script that replaces a plugin", () => {
    assert.equal(
      standInScript("/it's/node", "/a b/main.mjs", "/a b/compiled").split("\n")[1],
      `NODE_COMPILE_CACHE='/a b/compiled' exec '/it'\\''s/node' '/a b/main.mjs' "$@"`,
    );
  });
});

describe("make test: the closing line", () => {
  it("mentions skipped tests only if there are any", () => {
    assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
    assert.equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed");
  });

  it("counts an aborted suite as a failure", () => {
    assert.deepEqual(countsOf(1, undefined), { passed: 0, failed: 1, skipped: 0 });
    assert.equal(countsOf(1, '{"passed":5,"failed":0,"skipped":0}').failed, 1);
    assert.equal(countsOf(2, '{"passed":5,"failed":2,"skipped":0}').failed, 2);
    assert.equal(countsOf(0, undefined).failed, 1);
  });
});

describe("demo: the tables", () => {
  it("have aligned columns without trailing blanks", () => {
    assert.equal(table([["a", "bb"], ["ccc"], ["d", ""]]), "a    bb\nccc\nd");
  });

  it("name nested outputs by their path", () => {
    assert.deepEqual(flatten({ a: 1, b: { c: "x", d: ["y", "z"] }, e: [{ f: true }] }), [
      ["a", "1"],
      ["b.c", "x"],
      ["b.d", "y, z"],
      ["e.0.f", "true"],
    ]);
  });
});
