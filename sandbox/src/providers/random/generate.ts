import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Props, Value } from "../framework.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));
const count = (value: Value | undefined): number => (typeof value === "number" ? value : 0);

function shuffled(characters: string[]): string {
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? "", characters[i] ?? ""];
  }
  return characters.join("");
}

/** Length and classes of a password or string, as its outputs state them. */
export function characterRules(inputs: Props): Props {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return {
    lower: true,
    upper: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
    ...inputs,
    number: numeric,
    numeric,
  };
}

/** A string of the requested length, with at least the requested number of characters of each class. */
export function randomText(inputs: Props): string {
  const rules = characterRules(inputs);
  const special = typeof rules["overrideSpecial"] === "string" ? rules["overrideSpecial"] : "";
  const classes = [
    { on: rules["lower"], least: count(rules["minLower"]), alphabet: LOWER },
    { on: rules["upper"], least: count(rules["minUpper"]), alphabet: UPPER },
    { on: rules["numeric"], least: count(rules["minNumeric"]), alphabet: DIGITS },
    { on: rules["special"], least: count(rules["minSpecial"]), alphabet: special || SPECIAL },
  ];
  const length = count(rules["length"]);
  const all = classes.map(({ on, alphabet }) => (on === true ? alphabet : "")).join("");
  const must = classes.flatMap(({ least, alphabet }) =>
    Array.from({ length: least }, () => pick(alphabet)),
  );
  if (!all) throw new Error("at least one of lower, upper, numeric and special must be true");
  if (must.length > length) {
    throw new Error(`length (${length}) is less than the minimums of the classes (${must.length})`);
  }
  const rest = Array.from({ length: length - must.length }, () => pick(all));
  return shuffled([...must, ...rest]);
}

/** Output formats of a random id. */
export function idForms(bytes: Buffer, prefix: string): Props {
  const hex = bytes.toString("hex");
  return {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + bytes.toString("base64url"),
    dec: prefix + BigInt(`0x${hex || "0"}`).toString(),
    hex: prefix + hex,
  };
}

const ADVERBS = "boldly calmly duly fairly gladly greatly jointly kindly lightly neatly".split(" ");
const ADJECTIVES =
  "able amber brave brisk calm clear crisp eager early fine fresh gentle grand keen kind lucid merry mild noble plain proud quick quiet ready smart solid steady sunny swift tidy warm wise".split(
    " ",
  );
const ANIMALS =
  "badger beaver bison crane dove eagle egret falcon ferret finch fox gecko hare heron ibex jay koala lark lynx marten mole moose otter owl panda puffin raven robin seal stoat swan tapir tern trout vole wren".split(
    " ",
  );
const word = (list: readonly string[]): string => list[randomInt(list.length)] ?? "";

/** A readable name of `length` words. */
export function petName(length: number, separator: string, prefix: string): string {
  const words = [word(ANIMALS)];
  if (length > 1) words.unshift(word(ADJECTIVES));
  while (words.length < length) words.unshift(word(ADVERBS));
  return [...(prefix ? [prefix] : []), ...words].join(separator);
}

export { randomBytes, randomInt, randomUUID };
