import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const DOCUMENTS = fs
  .globSync(["*.md", "{docs,sandbox,deploy,examples,policy,bench}/**/*.md"])
  .filter((file) => !/node_modules|toolchain/.test(file));

/** The anchors that GitHub makes for a document's headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("links in documents", () => {
  for (const file of DOCUMENTS) {
    it(`${file} links to files and headings that exist`, () => {
      const text = fs.readFileSync(file, "utf8");
      for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)/g)) {
        const [target = "", anchor] = link.split("#");
        const linked = target === "" ? file : path.join(path.dirname(file), target);
        assert.ok(fs.existsSync(linked), link);
        if (anchor !== undefined) {
          assert.ok(anchors(fs.readFileSync(linked, "utf8")).includes(anchor), link);
        }
      }
    });
  }

  it("docs/README.md links to every page", () => {
    const index = fs.readFileSync("docs/README.md", "utf8");
    for (const file of fs.globSync("docs/*.md").map((name) => path.basename(name))) {
      if (file !== "README.md") assert.ok(index.includes(`](${file})`), file);
    }
  });
});
