/** Finds the data of Kubernetes Secrets in manifests, whatever their keys are called. */

const SECRET = /\bkind\\*["']?\s*:\s*\\*["']?Secret\b|\bv1\.Secret\{/;

/** The lines below `data:`. */
function maskBlocks(text: string, names: string, mask: string): string {
  const block = new RegExp(
    `((?:^|\\n)([ \\t-]*)["']?${names}["']?:[ \\t]*\\n)((?:\\2[ \\t]+[^\\n]*(?:\\n|$))+)`,
    "g",
  );
  return text.replace(block, (_, before: string, _indent, lines: string) => {
    const indent = /^[ \t]*/.exec(lines)?.[0] ?? "";
    // What is deeper than the keys belongs to the value of the key above.
    const values = lines.replace(
      new RegExp(
        `^(${indent}["']?[\\w.-]+["']?:[ \\t]*)(\\S.*|(?=\\n))((?:\\n${indent}[ \\t]+.*)*)$`,
        "gm",
      ),
      (whole, key: string, value: string, deeper: string) =>
        value === "" && deeper === "" ? whole : `${key}${mask}`,
    );
    return before + values;
  });
}

/** `{…}` after `data`, in JSON, in JSON inside a text, and as Go prints it. */
const maskInline = (text: string, names: string, mask: string): string =>
  text.replace(
    new RegExp(
      String.raw`(\b${names}\\*["']?\s*:\s*(?:map\[string\](?:string|\[\](?:uint8|byte)))?\{)((?:\\*"(?:[^"\\]|\\+[^"\\])*\\*"|[^{}"]|\{[^{}]*\})+)(?=\})`,
      "gi",
    ),
    (whole, before: string, body: string) => (/[\w[]/.test(body) ? `${before}${mask}` : whole),
  );

/** A text with `mask` in place of the data of Kubernetes Secrets. */
export function maskManifest(text: string, mask: string): string {
  const names = SECRET.test(text) ? "(?:data|stringData)" : "stringData";
  if (!/data/i.test(text)) return text;
  return maskInline(maskBlocks(text, names, mask), names, mask);
}
