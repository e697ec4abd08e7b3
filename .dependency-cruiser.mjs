// Which folder may import from which. `npm run lint` checks it with dependency-cruiser: of the two
// well-kept tools it reads type-only imports and circles in one pass over the whole tree, in seconds.

/** Folders by what they may import from, beside themselves. Each stands below those that use it. */
const ALLOWED = {
  "index.ts": ["components", "settings", "inventory", "teleport"],
  components: ["inventory", "teleport"],
  settings: ["inventory", "teleport"],
  inventory: ["teleport"],
  teleport: [],
};

/** Folders of operations/, the lowest first: each may import from those before it. */
const OPERATIONS = [
  ["base"],
  ["engine"],
  ["clients"],
  ["kinds"],
  ["plan"],
  ["report"],
  ["verify"],
  ["deploy"],
  ["access", "adopt", "fleet", "graph", "upgrade"],
  ["cli"],
];
OPERATIONS.forEach((row, index) => {
  const below = OPERATIONS.slice(0, index).flat();
  for (const folder of row) {
    ALLOWED[`operations/${folder}`] = [
      ...["settings", "inventory", "teleport"],
      ...below.map((name) => `operations/${name}`),
    ];
  }
});

const place = (folder) => (folder.endsWith(".ts") ? `^${folder}$` : `^${folder}/`);
const PROJECT =
  "^(index\\.ts$|(components|settings|inventory|teleport|operations|sandbox|bench|tests)/)";

const directions = Object.entries(ALLOWED).map(([folder, allowed]) => ({
  name: `${folder} imports from ${allowed.join(", ") || "nothing else"}`,
  severity: "error",
  from: { path: place(folder) },
  to: {
    path: PROJECT,
    pathNot: [folder, ...allowed].map(place),
    // Components name the types of settings; values reach them as arguments.
    ...(folder === "components" ? { dependencyTypesNot: ["type-only"] } : {}),
  },
}));

export default {
  forbidden: [
    ...directions,
    {
      name: "components name types of settings alone",
      severity: "error",
      from: { path: place("components") },
      to: { path: "^(index\\.ts$|(operations|sandbox|bench|tests)/)" },
    },
    {
      name: "every folder of operations/ has its place in the order",
      severity: "error",
      from: { path: "^operations/", pathNot: Object.keys(ALLOWED).map(place) },
      to: {},
    },
    {
      name: "the sandbox stands beside the program",
      severity: "error",
      from: { path: "^sandbox/(src|charts)/" },
      to: { path: "^(index\\.ts$|(components|settings|inventory|teleport|operations|tests)/)" },
    },
    { name: "no circles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    // Type-only imports count, too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    includeOnly: { path: PROJECT },
  },
};
