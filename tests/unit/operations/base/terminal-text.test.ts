import * as assert from "node:assert/strict";
import { safeStream, screenOf } from "../../../../operations/base/safe-stream";
import { terminalText } from "../../../../operations/base/terminal-text";

const ESC = "\u001b";

/** Texts from a cluster, a cloud or an engine, and what a terminal may show of them. */
const CASES: readonly (readonly [what: string, said: string, shown: string])[] = [
  ["text", "Zürich → ✓\n\tnext", "Zürich → ✓\n\tnext"],
  [
    "our own colours",
    `${ESC}[31mred${ESC}[39m ${ESC}[1mbold${ESC}[22m`,
    `${ESC}[31mred${ESC}[39m ${ESC}[1mbold${ESC}[22m`,
  ],
  ["moving the cursor", `safe${ESC}[1A${ESC}[2Kgone`, "safegone"],
  ["hidden text", `a${ESC}[8mhidden${ESC}[0m`, `ahidden${ESC}[0m`],
  ["many parameters", `a${ESC}[38;2;0;0;0;48;2;0;0;0mb`, "ab"],
  ["a title", `a${ESC}]0;owned\u0007b`, "ab"],
  ["the clipboard", `a${ESC}]52;c;cm0gLXJm${ESC}\\b`, "ab"],
  ["a link", `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
  ["a device control string", `a${ESC}P$qm${ESC}\\b`, "ab"],
  ["a reset", `a${ESC}cb`, "ab"],
  ["sequences of one byte", "a\u009b2Jb\u009d0;t\u009cc", "abc"],
  ["a line that is overwritten", "failed\rpassed", "failedpassed"],
  ["line ends of Windows", "a\r\nb", "a\nb"],
  ["backspaces, bells, deletes", "no\b\bok\u0007\u007f", "nook"],
  ["text with a forced direction", "a\u202egnp.exe\u202c", "agnp.exe"],
  ["marks of a direction", "a\u200fb\u200ec\u061cd", "abcd"],
  ["separators of lines", "a\u2028b\u2029c", "abc"],
  ["an unfinished sequence", `a${ESC}[`, "a"],
  ["a sequence in a sequence", `a${ESC}[${ESC}[2Jb`, "ab"],
];

describe("text on a terminal", () => {
  for (const [what, said, shown] of CASES) {
    it(`shows ${what}`, () => assert.equal(terminalText(said), shown));
  }

  it("is written by a command's stream, except drawing on the terminal itself", () => {
    let seen = "";
    const terminal = { write: (text: string) => (seen += text), isTTY: true, columns: 80 };
    const safe = safeStream(terminal);
    safe.write(`pod says ${ESC}[2J`);
    assert.equal(seen, "pod says ");
    assert.equal(safe.columns, 80);
    screenOf(safe).write(`${ESC}[2J`);
    assert.equal(seen, `pod says ${ESC}[2J`);
  });
});
