import { element, escapeText } from "../base/svg";
import { STATE_TEXT, type Graph } from "./model";
import { DEFINITIONS, occurring, pictures, STYLE, type Picture } from "./svg";

const PAGE_STYLE = `
* { box-sizing: border-box; } html, body { margin: 0; height: 100%; }
body { display: grid; grid-template-columns: minmax(0, 1fr) 244px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { overflow: auto; position: relative; padding: 14px; } main h2 { margin: 12px 0 4px; }
main svg { display: block; height: auto; width: var(--natural); }
main.fit svg { width: 100%; min-width: calc(var(--natural) * 0.92); max-width: calc(var(--natural) * 1.3); }
.states span { margin-right: 18px; } .states i { display: inline-block; width: 11px; height: 11px; border-radius: 2.5px; margin-right: 6px; }
aside { border-left: 1px solid var(--rim); padding: 14px; overflow: auto; overflow-wrap: anywhere; background: var(--group); }
h1 { font-size: 17px; margin: 0 0 10px; } h2 { font-size: 15px; margin: 18px 0 2px; } h3 { font-size: 12px; margin: 14px 0 4px; color: var(--soft); }
ul { margin: 0; padding-left: 18px; } .state { font-weight: 600; }
input { width: 100%; padding: 7px 9px; font: inherit; color: inherit; background: var(--box); border: 1px solid var(--rim); border-radius: 7px; }
button { font: inherit; color: inherit; background: var(--box); border: 1px solid var(--rim); border-radius: 7px; padding: 4px 10px; cursor: pointer; }
.link { vertical-align: top; border: 0; background: none; padding: 0; text-align: left; text-decoration: underline; }
.tools { display: flex; gap: 8px; margin: 10px 0; } .hint { color: var(--soft); }
.node { cursor: pointer; outline: none; } .node:hover .box, .node:focus-visible .box { stroke: var(--ink); stroke-width: 2; }
.dim .node:not(.near):not(.chosen), .dim .edge:not(.near) { opacity: 0.22; }
.node.chosen .box { stroke: var(--ink); stroke-width: 2.4; } .edge.near { stroke: var(--ink); stroke-width: 2; }
@media (max-width: 800px) { body { display: block; } aside { border-left: 0; border-top: 1px solid var(--rim); } }
`;

/** Script of the page. It loads and sends nothing. */
const SCRIPT = String.raw`
const data = JSON.parse(document.getElementById("data").textContent);
const byId = new Map(data.nodes.map((node) => [node.id, node]));
const main = document.querySelector("main"), about = document.getElementById("about");
const boxes = new Map([...document.querySelectorAll(".node")].map((box) => [box.dataset.id, box]));
const members = (id) => id.startsWith("group/") ? data.nodes.filter((n) => n.part === id.slice(6) && n.diagram === "exposure").map((n) => n.id) : [id];
const edges = [...document.querySelectorAll(".edge")].map((line) => ({ line, from: line.dataset.from, to: members(line.dataset.to) }));
const element = (tag, text, cls) => { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; };
function list(title, items) {
  if (items.length === 0) return;
  about.append(element("h3", title));
  const ul = element("ul");
  for (const item of items) { const li = element("li"); li.append(item); ul.append(li); }
  about.append(ul);
}
function link(id) {
  const node = byId.get(id), button = element("button", node.kind + " " + node.label, "link");
  button.onclick = () => choose(id, true);
  return button;
}
function choose(id, scroll) {
  const node = byId.get(id);
  document.querySelectorAll(".near, .chosen").forEach((e) => e.classList.remove("near", "chosen"));
  main.classList.toggle("dim", node !== undefined);
  about.replaceChildren();
  if (node === undefined) { about.append(element("p", "Click a box to see what it is, what it waits for and what waits for it.", "hint")); history.replaceState(null, "", location.pathname); return; }
  const before = new Set(), after = new Set();
  for (const { line, from, to } of edges) {
    if (from !== id && !to.includes(id)) continue;
    line.classList.add("near");
    if (from === id) to.forEach((other) => after.add(other)); else before.add(from);
  }
  for (const other of [...before, ...after]) boxes.get(other)?.classList.add("near");
  const same = data.nodes.filter((n) => n.id !== id && n.resources.some((r) => node.resources.includes(r))).map((n) => n.id);
  same.forEach((other) => boxes.get(other)?.classList.add("near"));
  const box = boxes.get(id);
  box.classList.add("chosen");
  if (scroll) box.scrollIntoView({ block: "center", inline: "center" });
  about.append(element("h2", node.label), element("div", node.kind + (node.part ? " in " + node.part : "")), element("div", data.states[node.state], "state"));
  list("Facts", node.details);
  list(node.diagram === "exposure" ? "Reached from" : "Waits for", [...before].map(link));
  list(node.diagram === "exposure" ? "Leads to" : "Waited for by", [...after].map(link));
  list("In the other picture", same.map(link));
  history.replaceState(null, "", "#" + encodeURIComponent(id));
}
for (const [id, box] of boxes) {
  box.addEventListener("click", (event) => { event.stopPropagation(); choose(id); });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(id); } });
}
main.addEventListener("click", () => choose());
document.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(); });
document.getElementById("search").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  document.querySelectorAll(".near, .chosen").forEach((e) => e.classList.remove("near", "chosen"));
  main.classList.toggle("dim", wanted !== "");
  const found = wanted === "" ? [] : data.nodes.filter((n) => (n.kind + " " + n.label + " " + n.part + " " + n.details.join(" ")).toLowerCase().includes(wanted));
  found.forEach((n) => boxes.get(n.id)?.classList.add("near"));
  about.replaceChildren();
  list(found.length + " found", found.map((n) => link(n.id)));
});
document.getElementById("size").addEventListener("click", () => main.classList.toggle("fit"));
choose(location.hash === "" ? undefined : decodeURIComponent(location.hash.slice(1)));
`;

/** JSON for a script element; it cannot contain the end tag. */
const json = (value: unknown) => JSON.stringify(value).replace(/</g, "\\u003c");

/** A picture with its natural width, at which the smallest text has 12 pixels. */
const figure = ({ title, width, height, markup }: Picture) =>
  element("h2", {}, escapeText(title)) +
  element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, style: `--natural: ${width}px`, role: "img" },
    DEFINITIONS,
    markup,
  );

const states = (graph: Graph) =>
  occurring(graph)
    .map(
      ({ state, count }) =>
        `<span><i style="background: var(--${state})"></i>${count} ${escapeText(STATE_TEXT[state])}</span>`,
    )
    .join("");

/** One self-contained page with the pictures and the details of each box. Loads nothing. */
export async function graphHtml(graph: Graph): Promise<string> {
  const nodes = (["exposure", "dependencies"] as const).flatMap((diagram) =>
    graph[diagram].nodes.map((node) => ({ ...node, diagram })),
  );
  const figures = (await pictures(graph)).map(figure).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeText(`Access plane ${graph.stack}`)}</title>
<style>${STYLE}${PAGE_STYLE}</style>
</head>
<body>
<main class="fit">
${figures}
</main>
<aside>
<h1>${escapeText(`Access plane ${graph.stack}`)}</h1>
<input id="search" type="search" placeholder="Search" aria-label="Search">
<p class="hint">${escapeText(graph.source)}</p>
<p class="states">${states(graph)}</p>
<div class="tools"><button id="size" type="button">Fit or full size</button></div>
<div id="about" aria-live="polite"></div>
</aside>
<script type="application/json" id="data">${json({ nodes, states: STATE_TEXT })}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
