/** A term of Teleport's predicate language, as templates and label expressions use it. */
export type Term =
  | { type: "string"; value: string }
  | { type: "path"; names: string[] }
  | { type: "call"; name: string; names: string[]; args: Term[] }
  | { type: "method"; of: Term; name: string; args: Term[] }
  | { type: "field"; of: Term; name: string }
  | { type: "not"; of: Term }
  | { type: "both" | "either" | "equal" | "unequal"; left: Term; right: Term };

/** An expression that this model does not support. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
}

const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|`[^`]*`)|([A-Za-z_]\w*)|(&&|\|\||==|!=|[!.,()[\]]))|\s*$/y;
const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"' };

/** A value for which Teleport's evaluation of an expression fails. */
export class ValueError extends Error {
  override name = "ValueError";
}

interface Token {
  kind: "string" | "name" | "sign";
  text: string;
}

function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(.)/g, (whole, letter: string) => {
    const escaped = ESCAPES[letter];
    // Go refuses such a string. A backslash of a regular expression has to be doubled.
    if (escaped === undefined) {
      throw new ExpressionError(`${whole} is not a valid escape; write \\${whole}`);
    }
    return escaped;
  });
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new ExpressionError(`cannot read "${text.slice(at).trim()}"`);
    const [, string, name, sign] = match;
    if (string !== undefined) found.push({ kind: "string", text: unquote(string) });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else if (sign !== undefined) found.push({ kind: "sign", text: sign });
    else break;
  }
  return found;
}

/**
 * Reads a predicate expression, with Go's operator precedence. Throws ExpressionError.
 * Source: Teleport's predicate-language reference.
 */
export function parseExpression(text: string): Term {
  const rest = tokens(text);
  const sign = (wanted: string) => rest[0]?.kind === "sign" && rest[0].text === wanted;
  const take = (wanted: string) => {
    const is = sign(wanted);
    if (is) rest.shift();
    return is;
  };
  const need = (wanted: string) => {
    if (!take(wanted)) {
      const found = rest[0] === undefined ? "the end" : `"${rest[0].text}"`;
      throw new ExpressionError(`expected "${wanted}", found ${found}`);
    }
  };
  const either = (): Term => {
    let left = both();
    while (take("||")) left = { type: "either", left, right: both() };
    return left;
  };
  const both = (): Term => {
    let left = comparison();
    while (take("&&")) left = { type: "both", left, right: comparison() };
    return left;
  };
  const comparison = (): Term => {
    let left = unary();
    for (;;) {
      if (take("==")) left = { type: "equal", left, right: unary() };
      else if (take("!=")) left = { type: "unequal", left, right: unary() };
      else return left;
    }
  };
  const unary = (): Term => (take("!") ? { type: "not", of: unary() } : primary());
  const primary = (): Term => {
    if (take("(")) {
      const inner = either();
      need(")");
      return inner;
    }
    const token = rest.shift();
    if (token?.kind === "string") return { type: "string", value: token.text };
    if (token?.kind !== "name")
      throw new ExpressionError("expected a name, a string or a function");
    return more({ type: "path", names: [token.text] });
  };
  const list = (): Term[] => {
    const args: Term[] = [];
    // As in Go, a comma may follow the last argument.
    while (!sign(")")) {
      args.push(either());
      if (!take(",")) break;
    }
    need(")");
    return args;
  };
  const field = (of: Term, name: string): Term =>
    of.type === "path" ? { type: "path", names: [...of.names, name] } : { type: "field", of, name };
  /** What follows a name: fields, indexes, calls. */
  const more = (term: Term): Term => {
    if (take(".")) {
      const next = rest.shift();
      if (next?.kind !== "name") throw new ExpressionError(`expected a name after "."`);
      return more(field(term, next.text));
    }
    if (take("[")) {
      const index = rest.shift();
      if (index?.kind !== "string") {
        throw new ExpressionError(`expected a string between "[" and "]"`);
      }
      need("]");
      return more(field(term, index.text));
    }
    if (!sign("(") || (term.type !== "path" && term.type !== "field")) return term;
    take("(");
    const args = list();
    return more(
      term.type === "path"
        ? { type: "call", name: term.names.join("."), names: term.names, args }
        : { type: "method", of: term.of, name: term.name, args },
    );
  };
  const term = either();
  if (rest[0] !== undefined) throw new ExpressionError(`"${rest[0].text}" is unexpected`);
  return term;
}
