import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Schema,
  type Alias,
  type Document,
  type ParsedNode,
  type Scalar as ScalarNode,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { goScalar, shortTag, WrongTag, type Scalar } from "./go-scalar";

/** Reads YAML by the rules of Pulumi's own reader, gopkg.in/yaml.v3 (v3.0.1, decode.go). */

/** A decoded document: mappings without prototype, lists, scalars. */
export type Value = Scalar | Value[] | { [key: string]: Value };

type Path = readonly (string | number)[];

/** A document, or what is wrong with it. */
export interface ReadYaml {
  value: Value | undefined;
  /** What keeps it from being read, each with its line (from 1). Quotes nothing of the document. */
  faults: string[];
  /**
   * How the scalar at a path is written, without its quotes, where that differs from its value: `030443` for 12579.
   */
  written: (path: Path) => string | undefined;
}

const SENTENCES: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "an alias names an anchor that is not set before it",
  BAD_DQ_ESCAPE: "a text in double quotes has an unknown escape sequence",
  BAD_INDENT: "the indentation does not fit the lines above",
  BAD_SCALAR_START: "a text starts with a character that needs quotes",
  BLOCK_AS_IMPLICIT_KEY: "a value with a colon needs quotes, or a line of its own",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: "a closing bracket, quote, comma or colon is missing",
  MULTILINE_IMPLICIT_KEY: "a key spans several lines, or its colon is missing",
  TAB_AS_INDENT: "a tab indents a line, where YAML takes spaces only",
  TAG_RESOLVE_FAILED: "a tag is not one that YAML knows",
  UNEXPECTED_TOKEN: "a character is in a place where YAML has no use for it",
};

/** Stops the reading of a document. */
class Unreadable extends Error {
  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(message);
  }
}

/** Share of the reading that aliases may cause, by the number of nodes read so far. */
function allowedAliasRatio(nodes: number): number {
  if (nodes <= 400_000) return 0.99;
  return nodes >= 4_000_000 ? 0.1 : 0.99 - 0.89 * ((nodes - 400_000) / 3_600_000);
}

/** Most faults of one document: later ones usually follow from the first. */
const MOST_FAULTS = 3;

/** The first fault of each cause. One mistake often has faults on many lines. */
function distinct(faults: readonly string[]): string[] {
  const cause = (fault: string) => fault.replace(/^line \d+: /, "");
  const causes = faults.map(cause);
  return faults.filter((fault, i) => causes.indexOf(cause(fault)) === i).slice(0, MOST_FAULTS);
}

const isMerge = (key: unknown): boolean =>
  isScalar(key) && key.type === "PLAIN" && key.source === "<<" && shortTag(key.tag) === "";

const twice = (key: unknown) =>
  new Unreadable("a key is written twice", (key as ParsedNode | null)?.range[0]);

/** An escape for half a character. Go refuses it even in pairs. */
const SURROGATE = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

/** A key as Go's `%v` prints it. */
const keyText = (key: Scalar) => (key === null ? "<nil>" : String(key));

class Reader {
  readonly texts = new Map<string, string>();
  private nodes = 0;
  private fromAliases = 0;
  private depth = 0;
  private readonly open = new Set<unknown>();

  constructor(
    private readonly document: Document.Parsed,
    private readonly text: string,
  ) {}

  read(node: unknown, path: Path): Value {
    this.nodes++;
    if (this.depth > 0) this.fromAliases++;
    if (
      this.fromAliases > 100 &&
      this.nodes > 1000 &&
      this.fromAliases / this.nodes > allowedAliasRatio(this.nodes)
    ) {
      throw new Unreadable("aliases of aliases make the document too large");
    }
    if (isAlias(node)) return this.alias(node, (target) => this.read(target, path));
    if (isScalar(node)) return this.scalar(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isMap(node)) {
      const mapping = Object.create(null) as Record<string, Value>;
      this.mapping(node, mapping, new Map(), path);
      return mapping;
    }
    return null;
  }

  private alias<T>(node: Alias, read: (target: ParsedNode) => T): T {
    const target = node.resolve(this.document) as ParsedNode | undefined;
    const offset = node.range?.[0];
    if (target === undefined) throw new Unreadable(SENTENCES.BAD_ALIAS ?? "", offset);
    if (this.open.has(node)) throw new Unreadable("an anchor's value contains itself", offset);
    this.open.add(node);
    this.depth++;
    const value = read(target);
    this.depth--;
    this.open.delete(node);
    return value;
  }

  private scalar(node: ScalarNode, path: Path): Scalar {
    const value = this.valueOf(node);
    const text = node.source ?? "";
    if (text !== "" && String(value) !== text) this.texts.set(JSON.stringify(path), text);
    return value;
  }

  private valueOf(node: ScalarNode): Scalar {
    const [start = 0, end = 0] = node.range ?? [];
    if (node.type === "QUOTE_DOUBLE" && SURROGATE.test(this.text.slice(start, end))) {
      throw new Unreadable("\\uD800 to \\uDFFF is no character: write it as it is", start);
    }
    try {
      return goScalar(shortTag(node.tag), node.source ?? "", node.type !== "PLAIN");
    } catch (error) {
      if (!(error instanceof WrongTag)) throw error;
      throw new Unreadable(`a value ${error.message}`, node.range?.[0]);
    }
  }

  /** A key as text, and its type. */
  private key(node: unknown): [text: string, type: string] {
    this.nodes++;
    const target = isAlias(node) ? this.alias(node, (found) => found) : node;
    const key = isScalar(target) ? this.valueOf(target) : null;
    if (isScalar(target) || target === null) return [keyText(key), typeof key];
    throw new Unreadable("a key is a mapping or a list", (target as ParsedNode).range[0]);
  }

  /** Adds the pairs of a mapping, own ones before merged ones; `taken` are keys that are set already. */
  private mapping(
    node: YAMLMap,
    into: Record<string, Value>,
    taken: Map<string, string>,
    path: Path,
    merging = false,
  ): void {
    const seen = new Set<string>();
    let merged: unknown;
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const source = isScalar(pair.key) ? (pair.key.source ?? "") : undefined;
      if (source !== undefined && seen.has(source)) {
        throw twice(pair.key);
      }
      if (source !== undefined) seen.add(source);
      if (isMerge(pair.key)) {
        merged = pair.value;
        continue;
      }
      const [key, type] = this.key(pair.key);
      const known = taken.get(key);
      // Pulumi writes the mapping again, where the number 1 and the text "1" are one key.
      if (known !== undefined && known !== type) throw twice(pair.key);
      if (known !== undefined && merging) continue;
      taken.set(key, type);
      into[key] = this.read(pair.value, [...path, key]);
    }
    if (merged !== undefined) this.merge(merged, into, taken, path);
  }

  private merge(
    from: unknown,
    into: Record<string, Value>,
    taken: Map<string, string>,
    path: Path,
  ): void {
    this.nodes++;
    const wrong = "<< takes a mapping, or a list of mappings";
    const one = (node: unknown): void => {
      if (isAlias(node)) this.alias(node, one);
      else if (isMap(node)) this.mapping(node, into, taken, path, true);
      else throw new Unreadable(wrong, (from as ParsedNode | null)?.range[0]);
    };
    if (isSeq(from)) for (const item of from.items) one(item);
    else one(from);
  }
}

/** Made once: thousands of files are read. */
const SCHEMA = new Schema({ schema: "failsafe" });

const nothing = () => undefined;

/** Holds the texts alone. The parser's nodes of thousands of files would cost more to keep than to parse. */
const writtenIn = (texts: ReadonlyMap<string, string>): ReadYaml["written"] =>
  texts.size === 0 ? nothing : (path) => texts.get(JSON.stringify(path));

/** Reads the first document of a text, as Pulumi does. */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const at = (offset: number | undefined, message: string) =>
    offset === undefined ? message : `line ${lines.linePos(offset).line}: ${message}`;
  const failed = (...faults: string[]): ReadYaml => ({
    value: undefined,
    faults: distinct(faults),
    written: nothing,
  });
  const plain = text.replace(/^\uFEFF/, "");
  const documents = parseAllDocuments(plain, {
    schema: SCHEMA,
    uniqueKeys: false,
    stringKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const [document] = documents;
  if (document === undefined) return { value: null, faults: [], written: nothing };
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ code, pos: [offset] }) =>
      at(offset, SENTENCES[code] ?? "the text does not follow YAML's rules"),
    );
    return failed(...faults);
  }
  const reader = new Reader(document, plain);
  try {
    const value = reader.read(document.contents, []);
    return { value, faults: [], written: writtenIn(reader.texts) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return failed(at(error.offset, error.message));
  }
}
