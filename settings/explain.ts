import type { z } from "zod";
import { pathText, show, type Path, type Problem } from "./problem";
import { KINDS, kindsWithSection, NAMESPACE, type Kind } from "./schema";
import { goDurationMeant } from "../teleport/duration";
import { didYouMean } from "../teleport/did-you-mean";
import { Shape } from "./shape";
import type { Written } from "./stack-document";

/** Turns issues of the schema into sentences with the value and the remedy. */

type Issue = z.core.$ZodIssue;

const TYPES: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

/** Texts that have another type without quotes. */
const UNQUOTED: Partial<Record<string, RegExp>> = {
  boolean: /^(true|false)$/,
  number: /^(0|[1-9]\d*)$/,
  int: /^(0|[1-9]\d*)$/,
};

const typeOf = (value: unknown) =>
  value === null ? "empty" : (TYPES[Array.isArray(value) ? "array" : typeof value] ?? "that");

/** The value at a path. Undefined if there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    data,
  );
}

/** A description inside a sentence; names such as AWS and PostgreSQL keep their capitals. */
const firstLower = (text: string) =>
  /^[A-Z]\w*[A-Z]/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);

/** Issues of the branch of a union that the value most likely belongs to. */
function likelyBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const strangers = (issues: readonly Issue[]) =>
    issues.filter((issue) => issue.code === "unrecognized_keys" && issue.path.length === 0).length;
  return branches.toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length)[0] ?? [];
}

/** Explains issues of the schema of one kind of stack, for settings as they were read. */
export class Explainer {
  private readonly shape: Shape;

  constructor(
    private readonly kind: Kind,
    private readonly data: Record<string, unknown>,
    private readonly written: Written = () => undefined,
  ) {
    this.shape = new Shape(kind);
  }

  /** A value for a message, as it is written in the file. */
  private shown(value: unknown, path: Path): string {
    const source = typeof value === "string" ? undefined : this.written(path);
    if (source === undefined) return show(value, path);
    const same = typeof value !== "number" || Number(source.replaceAll("_", "")) === value;
    return same ? source : `${source}, which YAML reads as ${value}`;
  }

  /** Message of the schema for another value at a path. Undefined if the schema accepts it. */
  private objection(path: Path, value: string): string | undefined {
    const [section = "", ...rest] = path;
    const sections = KINDS[this.kind].shape as Record<string, z.ZodType>;
    const schema = Object.hasOwn(sections, section) ? sections[section] : undefined;
    const last = rest.pop();
    const data = structuredClone(this.data[section]);
    const holder = valueAt(data, rest);
    if (last !== undefined && typeof holder === "object" && holder !== null) {
      (holder as Record<string | number, unknown>)[last] = value;
    }
    const result = schema?.safeParse(last === undefined ? value : data);
    const at = JSON.stringify(path.slice(1));
    const leaves = (issue: Issue, above: Path): [string, string][] => {
      const here = [...above, ...(issue.path as Path)];
      return issue.code === "invalid_union" && issue.errors.length > 0
        ? issue.errors.flat().flatMap((inner) => leaves(inner, here))
        : [[JSON.stringify(here), issue.message]];
    };
    const found = (result?.error?.issues ?? []).flatMap((issue) => leaves(issue, []));
    return found.find(([place]) => place === at)?.[1];
  }

  /** Remedy for a value without quotes or without a unit. */
  private remedy(value: string, path: Path, quoted: boolean): string | undefined {
    const first = this.objection(path, value);
    if (first === undefined && !quoted) return `; put it in quotes: ${show(value, path)}`;
    if (/^\d+$/.test(value) && this.objection(path, `${value}s`) === undefined) {
      return `; add the unit: "${value}s"`;
    }
    const duration = goDurationMeant(value);
    if (duration !== undefined && this.objection(path, duration) === undefined) {
      return `; write "${duration}"`;
    }
    return undefined;
  }

  private missing(path: Path): string {
    const about = this.shape.descriptionAt(path);
    return about === undefined ? "is missing: add it." : `is missing; add it: ${firstLower(about)}`;
  }

  /** Message for an empty value. Removing the key helps only if it has a default. */
  private empty(wanted: string, path: Path): string {
    return `is empty: give it ${wanted}${this.shape.isOptional(path) ? ", or remove the key for its default" : ""}.`;
  }

  private wrongType(issue: Issue & { code: "invalid_type" }, value: unknown, path: Path): string {
    if (value === undefined) return this.missing(path);
    const wanted = TYPES[issue.expected] ?? issue.expected;
    if (value === null || value === "") {
      return this.empty(wanted, path);
    }
    if (typeof value === "object") return `must be ${wanted}, and is ${typeOf(value)}.`;
    if (issue.expected === "array") {
      return `is ${this.shown(value, path)} (${typeOf(value)}), must be a list; put it in brackets.`;
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      return `is ${this.written(path) ?? (Number.isNaN(value) ? ".nan" : ".inf")}, which is not a number.`;
    }
    const isFraction = typeof value === "number" && !Number.isInteger(value);
    const is = `is ${this.shown(value, path)} (${isFraction ? "a fraction" : typeOf(value)})`;
    if (issue.expected === "string" && typeof value !== "string") {
      const text = this.written(path) ?? JSON.stringify(value);
      const remedy = this.remedy(text, path, false);
      const objection = this.objection(path, text);
      const form = objection?.startsWith("must ") === true ? objection : `must be ${wanted}`;
      return `${is}, ${form}${remedy ?? ""}.`;
    }
    const quotes =
      typeof value === "string" && UNQUOTED[issue.expected]?.test(value) === true
        ? "; remove the quotes"
        : "";
    return `${is}, must be ${wanted}${quotes}.`;
  }

  private unknownKey(parent: Path, key: string): Problem {
    const others = parent.length === 0 ? kindsWithSection(key) : [];
    if (others.length > 0) {
      const kinds = others.map((kind) => `"${kind}"`).join(" or ");
      return {
        path: [key],
        message:
          `belongs to a stack of kind ${kinds}, and this one is of kind "${this.kind}": ` +
          `remove it, or change ${NAMESPACE}:kind.`,
      };
    }
    const known = this.shape.keysAt(parent);
    const elsewhere = didYouMean(key, known);
    const path = [...parent, key];
    if (known.includes(key)) {
      const kinds = this.shape.kindsWith(parent, key);
      return {
        path,
        message:
          kinds.length === 0
            ? "cannot be combined with the other keys here: remove one of them."
            : `goes with the ${kinds.join(" or ")} only: remove it, or change that.`,
      };
    }
    const list = known.length <= 16 ? known.join(", ") : `${known.slice(0, 16).join(", ")}, …`;
    return elsewhere === undefined
      ? { path, message: `is not a setting. Known here: ${list}.` }
      : {
          path,
          message: `is not a setting: did you mean ${pathText([...parent, elsewhere])}?`,
          involves: [[...parent, elsewhere]],
        };
  }

  private limit(issue: Issue & { code: "too_small" | "too_big" }, value: unknown, path: Path) {
    const small = issue.code === "too_small";
    const bound = String(small ? issue.minimum : issue.maximum);
    const few = small ? "at least" : "at most";
    switch (issue.origin) {
      case "array":
        return Array.isArray(value) && value.length === 0
          ? "is an empty list: name at least one."
          : `has too ${small ? "few" : "many"} entries: ${few} ${bound}.`;
      case "string":
        return value === ""
          ? this.empty("a value", path)
          : `is ${show(value, path)} (${String(value).length} characters), must have ${few} ${bound}.`;
      default:
        return `is ${this.shown(value, path)}, must be ${few} ${bound}.`;
    }
  }

  private choice(value: unknown, path: Path): string {
    const choices = this.shape.choicesAt(path);
    const meant = typeof value === "string" ? didYouMean(value, choices) : undefined;
    if (value === undefined) return `is missing: one of ${choices.join(", ")}.`;
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    const yaml =
      typeof value === "boolean" && choices.includes("on") ? '; quote it: "on", "off"' : "";
    return `is ${this.shown(value, path)}, must be one of ${choices.join(", ")}${hint}${yaml}${hint === "" ? "." : ""}`;
  }

  /** Explains one issue of the schema. */
  explain(issue: Issue, above: Path = []): Problem[] {
    const path = [...above, ...issue.path.map((part) => (typeof part === "symbol" ? "?" : part))];
    const value = valueAt(this.data, path);
    const say = (message: string): Problem[] => [{ path, message }];
    const own = /^(Invalid|Too |Unrecognized)/.test(issue.message) ? undefined : issue.message;
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => this.unknownKey(path, key));
      case "invalid_key": {
        const key = String(path.at(-1));
        const why = issue.issues
          .map(({ message }) => message)
          .find((text) => text.startsWith("must"));
        const told =
          key === "" ? "is an empty key: give it a name" : `is a key that ${why ?? "is not valid"}`;
        return say(`${told}.`);
      }
      case "invalid_type":
        return say(this.wrongType(issue, value, path));
      case "invalid_value":
        return say(this.choice(value, path));
      case "invalid_union":
        if (issue.errors.length === 0) return say(this.choice(value, path));
        return this.union(issue.errors, value, path);
      case "too_small":
      case "too_big":
        return say(
          own === undefined
            ? this.limit(issue, value, path)
            : `is ${this.shown(value, path)}, ${own}.`,
        );
      default:
        if (value === "") return say(this.empty("a value", path));
        return say(
          `is ${show(value, path)}, ${own ?? "is not valid"}` +
            `${typeof value === "string" ? (this.remedy(value, path, true) ?? "") : ""}.`,
        );
    }
  }

  private union(branches: readonly (readonly Issue[])[], value: unknown, path: Path): Problem[] {
    // The syntax of teleport.yaml.
    if (path.at(-2) === "headers" && typeof value === "string") {
      return [
        {
          path,
          message: "is a text, as in teleport.yaml: write {name: NAME, value: VALUE}, or `secret`.",
        },
      ];
    }
    if (typeof value === "boolean" && this.objection(path, String(value)) === undefined) {
      return [
        {
          path,
          message: `is ${value}, which is taken as text here; put it in quotes: "${value}".`,
        },
      ];
    }
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (keys.includes("value") && keys.includes("secret")) {
      return [{ path, message: "has both `value` and `secret`: keep one of them." }];
    }
    if (
      keys.length > 0 &&
      keys.includes("name") &&
      !keys.some((k) => k === "value" || k === "secret")
    ) {
      const strangers = keys
        .filter((key) => key !== "name")
        .map((key) => this.unknownKey(path, key));
      return strangers.length > 0
        ? strangers
        : [{ path, message: "has no value: add `value` (plain) or `secret` (a key of Vault)." }];
    }
    return likelyBranch(branches).flatMap((issue) => this.explain(issue, path));
  }
}
