import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { Document, isScalar, parse, stringify, visit } from "yaml";
import { headerLine, placeholder, type Header } from "../../../../teleport/headers/header";
import { RENDER_SCRIPT } from "../../../../teleport/headers/render";

/** A shell with the tools that the script finds beside it. */
interface Shell {
  command: string[];
  PATH: string;
}

/** The image's shell is busybox with only its own tools. The tests use the machine's shell too. */
function availableShells(): Record<string, Shell> {
  const PATH = process.env["PATH"] ?? "";
  const applets = fs.mkdtempSync(path.join(os.tmpdir(), "busybox-"));
  process.once("exit", () => {
    fs.rmSync(applets, { recursive: true });
  });
  const installed = spawnSync("busybox", ["--install", "-s", applets], { env: { PATH } });
  return {
    sh: { command: ["sh"], PATH },
    ...(installed.status === 0
      ? { busybox: { command: [path.join(applets, "sh")], PATH: applets } }
      : {}),
  };
}
const shells = availableShells();
if (!("busybox" in shells)) {
  it("renders headers in busybox (skipped: busybox is not installed)");
}

interface Rendered {
  status: number | null;
  stderr: string;
  file?: string;
  mode?: number;
  left: string[];
}

function render(shell: Shell, config: string, secrets: Record<string, Buffer>): Rendered {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "render-"));
  try {
    const output = path.join(dir, "out", "teleport.yaml");
    fs.mkdirSync(path.dirname(output));
    fs.mkdirSync(path.join(dir, "secrets"));
    fs.writeFileSync(path.join(dir, "teleport.yaml"), config);
    for (const [key, value] of Object.entries(secrets)) {
      fs.writeFileSync(path.join(dir, "secrets", key), value);
    }
    const [command = "sh", ...rest] = shell.command;
    const args = ["-c", RENDER_SCRIPT, "render", `${dir}/teleport.yaml`, `${dir}/secrets`, output];
    const run = spawnSync(command, [...rest, ...args], {
      encoding: "utf8",
      env: { PATH: shell.PATH },
    });
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

/** The form of the chart's ConfigMap: `toYaml` puts texts with a colon and a space into single quotes. */
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

/** Text that a header value may have (RFC 9110): visible characters, space, tab, non-ASCII. */
const headerText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from("'\"\\$&/#:%|@`{}[]*!?,<>-~^()=+; \t")),
      fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom("\u0080", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffe", "é", "\u{1f600}"),
    ),
    minLength: 1,
  })
  .filter((text) => text.trim() !== "" && !/\{\{|\}\}/.test(text));

type Quoting = "QUOTE_SINGLE" | "QUOTE_DOUBLE";
interface App {
  name: string;
  headers: Header[];
}

/** A configuration with many apps, quoted and folded at 80 characters as Helm's `toYaml` does. */
function foldedConfig(apps: readonly App[], quoting: Quoting): string {
  const document = new Document({
    app_service: {
      apps: apps.map(({ name, headers }) => ({
        name,
        rewrite: { headers: headers.map((header) => headerLine(name, header)) },
        labels: { "it's": 'a "label"', "*": "*" },
      })),
      resources: [{ labels: { "*": "*" } }],
    },
  });
  visit(document, {
    Seq: (_, list) => {
      for (const item of list.items) if (isScalar(item)) item.type = quoting;
    },
  });
  return document.toString({ lineWidth: 80 });
}

const key = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/).filter((text) => !/^\.+$/.test(text));
/** Words, so that long texts can be folded. */
const visible = fc
  .array(fc.stringMatching(/^[!-~]{1,12}$/), { maxLength: 16 })
  .map((words) => words.join(" "))
  .filter((text) => !text.includes("@@"));
const anyHeader: fc.Arbitrary<Header> = fc.oneof(
  fc.record({ name: fc.constantFrom("Host", "X-Plain"), value: visible }),
  fc.record({
    name: fc.constantFrom("Authorization", "X-Token"),
    secret: fc.record({ key, prefix: visible.map((text) => (text === "" ? "" : `${text} `)) }),
  }),
);
const anyApps = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,60}[a-z0-9]$/),
    headers: fc.array(anyHeader, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

/** The header that Teleport must read, with its secret. */
const expected = (header: Header, secrets: Record<string, Buffer>) =>
  "secret" in header
    ? `${header.name}: ${header.secret.prefix}${String(secrets[header.secret.key])}`
    : `${header.name}: ${header.value}`;

for (const [title, shell] of Object.entries(shells)) {
  describe(`header rendering under ${title}`, () => {
    it("delivers every valid header value unchanged", () => {
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
        { numRuns: 30, endOnFailure: true },
      );
    });

    it("renders many apps, keys and folded lines, each with its own secret", () => {
      const property = fc.property(
        anyApps,
        fc.constantFrom<Quoting[]>("QUOTE_SINGLE", "QUOTE_DOUBLE"),
        fc.infiniteStream(headerText),
        (apps, quoting, values) => {
          const headers = apps.flatMap((app) => app.headers);
          const keys = headers.flatMap((header) => ("secret" in header ? [header.secret.key] : []));
          const secrets = Object.fromEntries(
            keys.map((name) => [name, Buffer.from(String(values.next().value))]),
          );
          const before = foldedConfig(apps, quoting);
          const result = render(shell, before, secrets);
          assert.equal(result.status, 0, result.stderr);
          const document = parse(result.file ?? "") as typeof original;
          const original = parse(before) as {
            app_service: { apps: { rewrite: { headers: string[] } }[]; resources: unknown };
          };
          for (const [index, { headers: own }] of apps.entries()) {
            assert.deepEqual(
              document.app_service.apps[index]?.rewrite.headers,
              own.map((header) => expected(header, secrets)),
            );
          }
          assert.deepEqual(document.app_service.resources, original.app_service.resources);
        },
      );
      fc.assert(property, { numRuns: 30, endOnFailure: true });
    });

    it("delivers every visible byte and refuses control characters", () => {
      const delivered = [9, ...Array.from({ length: 95 }, (_, index) => 32 + index)];
      const value = (byte: number) => Buffer.from([0x61, byte, 0x62]);
      const line = (byte: number) =>
        headerLine("zot", { name: "X", secret: { key: `k${String(byte)}`, prefix: "" } });
      const secrets = Object.fromEntries(
        delivered.map((byte) => [`k${String(byte)}`, value(byte)]),
      );
      const result = render(shell, config(...delivered.map(line)), secrets);
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(
        renderedHeaders(result.file),
        delivered.map((byte) => `X: ${String(value(byte))}`),
      );
      for (const byte of [0, 1, 8, 10, 11, 13, 27, 31, 127]) {
        const refused = render(shell, config(line(byte)), { [`k${String(byte)}`]: value(byte) });
        assert.match(refused.stderr, /control character/, `byte ${String(byte)}`);
      }
    });

    it("changes only the placeholders, in a file that only its owner can read", () => {
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

    it("renders the same again over its own output, as in a restarted init container", () => {
      const once = render(shell, config("Host: x"), {});
      assert.equal(once.status, 0, once.stderr);
      assert.deepEqual(renderedHeaders(once.file), ["Host: x"]);
    });

    const refused: [string, Buffer | undefined, RegExp][] = [
      ["a missing key", undefined, /app zot: key zot-basic-auth .* is missing/],
      ["an empty value", Buffer.from("\n"), /app zot: key zot-basic-auth .* is empty/],
      ["a line break inside", Buffer.from("first\r\nsecond"), /control character/],
      ["a template", Buffer.from("{{internal.logins}}"), /has {{ or }}/],
      ["closing braces", Buffer.from("a}}b"), /has {{ or }}/],
      ["a NUL", Buffer.from("a\0b"), /control character/],
      ["bytes that are not UTF-8", Buffer.from([0x61, 0xe9, 0x62]), /not valid UTF-8/],
      ["an overlong sequence", Buffer.from([0xe0, 0x80, 0xaf]), /not valid UTF-8/],
      ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), /not valid UTF-8/],
      ["a cut sequence", Buffer.from([0xf0, 0x9f, 0x98]), /not valid UTF-8/],
    ];
    for (const [what, value, message] of refused) {
      it(`fails on ${what}, with app and key in the message, and leaves no file`, () => {
        const secrets: Record<string, Buffer> =
          value === undefined ? {} : { "zot-basic-auth": value };
        const result = render(shell, config(secretHeader), secrets);
        assert.notEqual(result.status, 0);
        assert.match(result.stderr, message);
        assert.doesNotMatch(result.stderr, /first|second/);
        assert.deepEqual(result.left, []);
      });
    }

    it("fails on a placeholder outside a header", () => {
      const result = render(shell, stringify({ description: placeholder("zot", "k") }), {
        k: Buffer.from("v"),
      });
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, /outside a quoted list item/);
      assert.deepEqual(result.left, []);
    });
  });
}
