import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

interface LockedPackage {
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
  hasInstallScript?: boolean;
}

const git = (...args: string[]) =>
  spawnSync("git", args, { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
const tracked = git("ls-files");
const locks = tracked.filter((file) => path.basename(file) === "package-lock.json");
const read = (file: string) => fs.readFileSync(file, "utf8");
const lockedPackages = (file: string) =>
  Object.entries((JSON.parse(read(file)) as { packages: Record<string, LockedPackage> }).packages)
    // The project itself and its workspaces are not packages of a registry.
    .filter(([place, { link }]) => place.includes("node_modules/") && link !== true);

describe("npm lock files", () => {
  for (const file of locks) {
    it(`${file} pins every package by SHA-512, and names no registry`, () => {
      const packages = lockedPackages(file);
      assert.ok(packages.length > 0);
      const loose = packages.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"));
      assert.deepEqual(loose, []);
      assert.doesNotMatch(read(file), /"resolved": "(?!sandbox")/);
    });
  }

  it("do not run install scripts of packages", () => {
    for (const file of locks) {
      const settings = [".npmrc", path.join(path.dirname(file), ".npmrc")];
      const found = settings.filter((name) => fs.existsSync(name)).map(read);
      assert.ok(
        found.some((text) => /^ignore-scripts=true$/m.test(text)),
        file,
      );
    }
  });
});

describe("the packages that a pipeline installs", () => {
  const INSTALL = "npm ci --ignore-scripts --omit=dev --workspaces=false";

  it("are those of the program, without the tests' and the sandbox's", () => {
    assert.match(read(".github/actions/setup/action.yml"), new RegExp(`run: ${INSTALL}$`, "m"));
  });

  it("are all that program and commands load", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: object };
    const product =
      /^(index\.ts|bin\/.*|(components|inventory|operations|settings|teleport)\/.*\.ts)$/;
    const loaded =
      /(?:^(?:im|ex)port (?!type\b)[^;]*?from |\bimport\(|\brequire\()\s*"([^."\s][^"\s]*)"/gm;
    const missing = tracked
      // Its scripts are started by hand.
      .filter((file) => product.test(file) && !/\/generate\b/.test(file))
      .flatMap((file) =>
        [...read(file).matchAll(loaded)]
          .map(([, name = ""]) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? "")
          .filter((name) => !name.startsWith("node:") && !Object.hasOwn(dependencies, name))
          .map((name) => `${file}: ${name}`),
      );
    assert.deepEqual(missing, []);
  });
});

describe("commands in documents, workflows and messages", () => {
  const sources = tracked.filter((file) => /\.(md|ya?ml|ts|mjs|sh|json)$|Makefile$/.test(file));

  it("start no program that the registry could supply", () => {
    // `npx NAME` outside of a checkout runs whatever the registry has under that name.
    const fetching = sources.flatMap((file) =>
      [...read(file).matchAll(/\b(?:npx|npm exec)(?! --no )(?: --yes| -y)? [a-z@][\w@/.-]*/g)].map(
        ([command]) => `${file}: ${command}`,
      ),
    );
    assert.deepEqual(fetching, []);
  });

  it("leave no program name of ours for others to register", () => {
    for (const file of tracked.filter((name) => path.basename(name) === "package.json")) {
      const { bin } = JSON.parse(read(file)) as { bin?: unknown };
      assert.equal(bin, undefined, file);
    }
  });
});

/** Licences that only require to keep their notice. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

/** Packages under another licence. That is fine, because they are installed and never distributed. */
const JUDGED: Record<string, { licence: string; because: string }> = {
  elkjs: {
    licence: "EPL-2.0 OR GPL-3.0-or-later",
    because: "used unchanged under EPL-2.0, which asks for the source of changed files only",
  },
  "@logdna/tail-file": {
    licence: "",
    because: "its LICENSE is the text of MIT, which the next test reads",
  },
  "google-protobuf": {
    licence: "(BSD-3-Clause AND Apache-2.0)",
    because: "both are permissive",
  },
  "spdx-exceptions": {
    licence: "CC-BY-3.0",
    because: "a list of names from SPDX, with the attribution in its package",
  },
};

interface Component {
  group?: string;
  name: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
}

describe("licences", () => {
  // npm's own bill of materials, which a release contains as well.
  const sbom = () => {
    const run = spawnSync("npm", ["sbom", "--sbom-format", "cyclonedx"], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(run.status, 0, run.stderr);
    return (JSON.parse(run.stdout) as { components: Component[] }).components;
  };

  it("of all npm packages are permissive or reviewed", function () {
    this.timeout(60_000);
    const found = sbom().filter(({ name, group }) => `${group ?? ""}${name}` !== "sandbox");
    assert.ok(found.length > 100);
    const open = found.flatMap(({ name, licenses = [] }) => {
      const licence = licenses
        .map(({ license, expression }) => license?.id ?? license?.name ?? expression ?? "")
        .join(" ");
      if (PERMISSIVE.has(licence) || JUDGED[name]?.licence === licence) return [];
      return [`${name}: ${licence || "no licence"}`];
    });
    assert.deepEqual(open, []);
  });

  it("of @logdna/tail-file is MIT", () => {
    assert.match(read("node_modules/@logdna/tail-file/LICENSE"), /^The MIT License \(MIT\)/);
  });
});

describe("npm audit in the pipeline", () => {
  const SCRIPT = path.resolve(".github/scripts/audit.mjs");
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "audit-"));
    fs.mkdirSync(path.join(folder, "policy"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Runs the script with an npm that gives this answer. */
  function audit(answer: object) {
    const npm = path.join(folder, "npm");
    fs.writeFileSync(npm, `#!/bin/sh\ncat <<'E'\n${JSON.stringify(answer)}\nE\nexit 1\n`);
    fs.chmodSync(npm, 0o755);
    return spawnSync(process.execPath, [SCRIPT], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
  }
  const found = (severity: string) => ({
    vulnerabilities: { left: { name: "left", severity, range: "<2" } },
  });

  it("fails on a high vulnerability and names it", () => {
    const run = audit(found("high"));
    assert.equal(run.status, 1);
    assert.match(run.stdout, /high: left <2/);
  });

  it("passes with a moderate one", () => {
    const run = audit(found("moderate"));
    assert.equal(run.status, 0);
    assert.match(run.stdout, /1 packages with a known vulnerability, 0 of them high/);
  });

  it("reports that nothing was checked if the registry does not answer", () => {
    const run = audit({ message: "405 Method Not Allowed", error: { summary: "" } });
    assert.equal(run.status, 0);
    assert.match(run.stdout, /\*\*not checked\*\*.*405/);
    assert.match(run.stderr, /::warning::/);
  });
});
