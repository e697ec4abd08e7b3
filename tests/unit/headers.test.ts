import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { headerLine, placeholder, RENDER_SCRIPT } from "../../teleport/headers";

/** The image's shell is busybox; `sh` of the machine stands in where busybox is not installed. */
const hasBusybox = spawnSync("busybox", ["true"]).error === undefined;
const shells = hasBusybox ? [["busybox", "sh"], ["sh"]] : [["sh"]];

interface Rendered {
  status: number | null;
  stderr: string;
  file?: string;
  mode?: number;
  left: string[];
}

function render(shell: string[], config: string, secrets: Record<string, Buffer>): Rendered {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "render-"));
  try {
    const output = path.join(dir, "out", "teleport.yaml");
    fs.mkdirSync(path.dirname(output));
    fs.mkdirSync(path.join(dir, "secrets"));
    fs.writeFileSync(path.join(dir, "teleport.yaml"), config);
    for (const [key, value] of Object.entries(secrets)) {
      fs.writeFileSync(path.join(dir, "secrets", key), value);
    }
    const [command = "sh", ...rest] = shell;
    const args = ["-c", RENDER_SCRIPT, "render", `${dir}/teleport.yaml`, `${dir}/secrets`, output];
    const run = spawnSync(command, [...rest, ...args], { encoding: "utf8" });
    const done = fs.existsSync(output);
    return {
      status: run.status,
      stderr: run.stderr,
      left: fs.readdirSync(path.dirname(output)),
      ...(done
        ? { file: fs.readFileSync(output, "utf8"), mode: fs.statSync(output).mode & 0o777 }
        : {}),
    };
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}

/** As the chart's ConfigMap has it: `toYaml` single-quotes whatever holds a colon and a space. */
function config(...headers: string[]): string {
  return [
    "app_service:",
    "  apps:",
    "  - name: zot",
    "    rewrite:",
    "      headers:",
    ...headers.map((header) => `      - '${header.replaceAll("'", "''")}'`),
    "    uri: http://zot:5000",
    "",
  ].join("\n");
}

function renderedHeaders(file: string | undefined): string[] {
  const document = parse(file ?? "") as {
    app_service: { apps: { rewrite: { headers: string[] } }[] };
  };
  return document.app_service.apps[0]?.rewrite.headers ?? [];
}

const secretHeader = headerLine("zot", {
  name: "Authorization",
  secret: { key: "zot-basic-auth", prefix: "Basic " },
});

/** Text that a header value may hold (RFC 9110): visible characters, space, tab, non-ASCII. */
const headerText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from("'\"\\$&/#:%|@`{}[]*!?,<>-~^()=+; \t")),
      fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom("\u0080", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffe", "é", "\u{1f600}"),
    ),
    minLength: 1,
  })
  .filter((text) => text.trim() !== "");

if (!hasBusybox) it("renders headers in busybox (skipped: busybox is not installed)");

for (const shell of shells) {
  describe(`header rendering under ${shell.join(" ")}`, () => {
    it("delivers every value a header may hold unchanged", () => {
      fc.assert(
        fc.property(headerText, headerText, (secret, prefix) => {
          const line = headerLine("zot", {
            name: "X-Key",
            secret: { key: "k", prefix: prefix.replace(/[^\x20-\x7e]/g, "") },
          });
          const result = render(shell, config(line, "Origin: it's"), { k: Buffer.from(secret) });
          assert.equal(result.status, 0, result.stderr);
          assert.deepEqual(renderedHeaders(result.file), [
            line.replace(placeholder("zot", "k"), () => secret),
            "Origin: it's",
          ]);
        }),
        { numRuns: 60 },
      );
    });

    it("changes nothing but the placeholders, in a file only its owner reads", () => {
      const before = config("Host: coder.example.com", secretHeader);
      const result = render(shell, before, { "zot-basic-auth": Buffer.from("dXNlcg==\n") });
      assert.equal(result.status, 0, result.stderr);
      assert.equal(
        result.file,
        before.replace(/'Authorization.*'/, '"Authorization: Basic dXNlcg=="'),
      );
      assert.equal(result.mode, 0o400);
      assert.deepEqual(result.left, ["teleport.yaml"]);
    });

    it("renders the same again over its own output, as a restarted init container does", () => {
      const once = render(shell, config("Host: x"), {});
      assert.equal(once.status, 0, once.stderr);
      assert.deepEqual(renderedHeaders(once.file), ["Host: x"]);
    });

    const refused: [string, Buffer | undefined, RegExp][] = [
      ["a missing key", undefined, /app zot: key zot-basic-auth .* is missing/],
      ["an empty value", Buffer.from("\n"), /app zot: key zot-basic-auth .* is empty/],
      ["a line break inside", Buffer.from("first\r\nsecond"), /control character/],
      ["a NUL", Buffer.from("a\0b"), /control character/],
      ["bytes that are no UTF-8", Buffer.from([0x61, 0xe9, 0x62]), /not valid UTF-8/],
      ["an overlong sequence", Buffer.from([0xe0, 0x80, 0xaf]), /not valid UTF-8/],
      ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), /not valid UTF-8/],
      ["a cut sequence", Buffer.from([0xf0, 0x9f, 0x98]), /not valid UTF-8/],
    ];
    for (const [what, value, message] of refused) {
      it(`fails on ${what}, naming app and key, and leaves no file`, () => {
        const secrets: Record<string, Buffer> =
          value === undefined ? {} : { "zot-basic-auth": value };
        const result = render(shell, config(secretHeader), secrets);
        assert.notEqual(result.status, 0);
        assert.match(result.stderr, message);
        assert.doesNotMatch(result.stderr, /first|second/);
        assert.deepEqual(result.left, []);
      });
    }

    it("fails on a placeholder where no header stands", () => {
      const result = render(shell, stringify({ description: placeholder("zot", "k") }), {
        k: Buffer.from("v"),
      });
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, /outside a quoted list item/);
      assert.deepEqual(result.left, []);
    });
  });
}
