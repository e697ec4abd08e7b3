import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { jsonText } from "../../../../settings/stack-document";
import { readYaml } from "../../../../settings/yaml/read-yaml";

/** Plain scalars, and their values in yaml.v3. */
const SCALARS: [text: string, value: unknown][] = [
  ["030443", 12579],
  ["0o17", 15],
  ["0x1F", 31],
  ["0b101", 5],
  ["-0b11", -3],
  ["08", 8],
  ["012345678901", 12345678901],
  ["1_000", 1000],
  ["+5", 5],
  ["1.10", 1.1],
  [".5", 0.5],
  [".0_5", 0.05],
  [".0__5", ".0__5"],
  ["1e3", 1000],
  ["1e400", "1e400"],
  ["12345678901234567890", 12345678901234567890n],
  ["123456789012345678901", 123456789012345678901],
  ["true", true],
  ["True", true],
  ["yes", "yes"],
  ["on", "on"],
  ["~", null],
  ["null", null],
  ["NULL", null],
  ["nULL", "nULL"],
  ["2024-01-01", "2024-01-01 00:00:00 +0000 UTC"],
  ["2024-1-2 3:04:05", "2024-01-02 03:04:05 +0000 UTC"],
  ["2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.1 -0500 -0500"],
  ["2001-12-14T21:59:43Z", "2001-12-14 21:59:43 +0000 UTC"],
  ["2023-02-29", "2023-02-29"],
  ["2024-13-01", "2024-13-01"],
  ["12:30:45", "12:30:45"],
  ["'030443'", "030443"],
  ['"2024-01-01"', "2024-01-01"],
  ["!!str 030443", "030443"],
  ['!!int "5"', 5],
  ["!!float 5", 5],
  ["!!binary aGVsbG8=", "hello"],
  ["!other 5", "5"],
  ["<<", "<<"],
];

/** Whole documents. */
const DOCUMENTS: [title: string, text: string, value: unknown][] = [
  ["an empty document", "", null],
  ["a document with a byte order mark", "\uFEFFa: 1", { a: 1 }],
  ["only the first of several documents", "a: 1\n---\nb: [\n", { a: 1 }],
  ["an alias", "a: &a {x: 1}\nb: *a\n", { a: { x: 1 }, b: { x: 1 } }],
  [
    "a merge key, with less priority than the mapping's own keys in any order",
    "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc:\n  y: 4\n  <<: *a\n",
    { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 4 } },
  ],
  [
    "a list of merged mappings, the first before the second",
    "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n",
    { a: { x: 1 }, b: { x: 2, y: 2 }, c: { x: 1, y: 2 } },
  ],
  ["a backslash before a u", 'a: "\\\\ud800"', { a: "\\ud800" }],
  ["a merge key in quotes, which is a key", 'a: {"<<": {x: 1}}', { a: { "<<": { x: 1 } } }],
  [
    "keys that are not text",
    "1: a\n1.50: b\ntrue: c\n~: d\n",
    { 1: "a", 1.5: "b", true: "c", "<nil>": "d" },
  ],
  [
    "130 aliases of one mapping",
    `a: &a {x: 1}\nb: [${Array(130).fill("*a").join(", ")}]\n`,
    { a: { x: 1 }, b: Array<unknown>(130).fill({ x: 1 }) },
  ],
];

const FAULTS: [title: string, text: string, line: number | undefined, message: RegExp][] = [
  ["an alias of nothing", "a: 1\nb: *hunter2\n", 2, /an alias names an anchor that is not set/],
  ["an anchor inside itself", "a: &hunter2 {b: *hunter2}\n", 1, /value contains itself/],
  ["a key that is written twice", "a: 1\nb: 2\na: hunter2\n", 3, /a key is written twice/],
  [
    "a number and a text that are one key",
    "a: {1: hunter2, '1': 2}\n",
    1,
    /a key is written twice/,
  ],
  ["a mapping as a key", "? {hunter2: 1}\n: b\n", 1, /a key is a mapping or a list/],
  ["a merge of a text", "a: {<<: hunter2}\n", 1, /<< takes a mapping/],
  ["a wrong tag", "a: !!int hunter2\n", 1, /type of its tag !!int/],
  ["an extra colon", "a: hunter2: x\n", 1, /a value with a colon needs quotes/],
  ["a text without its closing quote", 'a: "hunter2\n', 2, /closing .* is missing|rules/],
  ["half of a surrogate pair", 'a: "\\ud800"\n', 1, /\\uD800 to \\uDFFF is no character/],
  [
    "both halves of a surrogate pair",
    'a: "x\\ud83d\\ude00"\n',
    1,
    /\\uD800 to \\uDFFF is no character/,
  ],
  ["a tab", "a:\n\thunter2: 1\n", 2, /tab|rules|place/],
];

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
};

describe("YAML as Pulumi reads it", () => {
  for (const [text, value] of SCALARS) {
    it(`${text} is ${typeof value === "bigint" ? `${value}` : JSON.stringify(value)}`, () => {
      assert.deepEqual(plain(readYaml(`a: ${text}\n`).value), { a: value });
    });
  }
  for (const [title, text, value] of DOCUMENTS) {
    it(`reads ${title}`, () => assert.deepEqual(plain(readYaml(text).value), value));
  }
  for (const [title, text, line, message] of FAULTS) {
    it(`refuses ${title}, with the line, and without quoting the text`, () => {
      const { value, faults } = readYaml(text);
      assert.equal(value, undefined);
      assert.match(faults[0] ?? "", new RegExp(`^line ${line}: `));
      assert.match(faults[0] ?? "", message);
      assert.doesNotMatch(JSON.stringify(faults), /hunter2/);
    });
  }

  it("refuses aliases of aliases that would fill the memory", () => {
    const levels = ["a", "b", "c", "d", "e", "f", "g"].map((name, index, all) => {
      const inner = index === 0 ? "x" : `*${all[index - 1] ?? ""}`;
      return `${name}: &${name} [${Array(10).fill(inner).join(", ")}]`;
    });
    assert.match(readYaml(levels.join("\n")).faults[0] ?? "", /aliases of aliases/);
  });

  it("returns the source of a scalar if it differs from its value", () => {
    const { written } = readYaml('a:\n  - 030443\n  - "1.10"\n  - 5\nb: {c: 1.10, d: .nan}\n');
    assert.equal(written(["a", 0]), "030443");
    assert.equal(written(["a", 1]), undefined);
    assert.equal(written(["a", 2]), undefined);
    assert.equal(written(["b", "c"]), "1.10");
    assert.equal(written(["b", "d"]), ".nan");
  });

  it("reads back every value that was written as YAML", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        // The writer quotes for YAML 1.2, so dates and octal numbers would lose their quotes.
        const text = stringify(value, {
          defaultStringType: "QUOTE_DOUBLE",
          defaultKeyType: "QUOTE_DOUBLE",
        });
        const expected = JSON.parse(JSON.stringify(value)) as unknown;
        assert.deepEqual(JSON.parse(jsonText(readYaml(text).value ?? null)), expected);
      }),
    );
  });

  it("reports each cause once, at its first line", () => {
    assert.deepEqual(readYaml("a: @one\nb: @two\n").faults, [
      "line 1: a text starts with a character that needs quotes",
    ]);
    const { faults } = readYaml('a: 1\nb: {c: {d: "hunter2: [}\n');
    assert.ok(faults.length > 1, faults.join("; "));
  });
});
