/** A replacement in a file. Without `from`, a new file. */
export interface Edit {
  file: string;
  from?: string;
  to: string;
}

/** A change that CONTRIBUTING.md names, with all edits of its smallest case. */
export interface Change {
  what: string;
  edits: Edit[];
}

/** Names of the fixtures, to find their effects. */
export const MARK = "fixtureOfChanges";

const CRD = "sandbox/charts/teleport-cluster/crd-files/teleportgadgetsv1.yaml";

export const CHANGES: Change[] = [
  {
    what: "a field of apps",
    edits: [
      {
        file: "settings/sections/app.ts",
        from: "const fields = {\n",
        to: `const fields = {\n  ${MARK}: z.string().optional().describe("Fixture."),\n`,
      },
      {
        file: "teleport/apps/app.ts",
        from: "export interface App {\n",
        to: `export interface App {\n  ${MARK}?: string;\n`,
      },
      {
        file: "teleport/apps/app-fields.ts",
        from: "    uri: appUri(app),\n",
        to: `    uri: appUri(app),\n    ${MARK}: app.${MARK},\n`,
      },
    ],
  },
  {
    what: "a setting of the load balancer",
    edits: [
      {
        file: "settings/sections/load-balancer.ts",
        from: "  .strictObject({\n    name: z\n",
        to: `  .strictObject({\n    ${MARK}: z.string().optional().describe("Fixture."),\n    name: z\n`,
      },
      {
        file: "components/network-load-balancer.ts",
        from: "        name: args.loadBalancerName,\n",
        to: `        name: args.loadBalancerName,\n        customerOwnedIpv4Pool: args.${MARK},\n`,
      },
    ],
  },
  {
    what: "a subcommand",
    edits: [
      {
        file: "operations/cli/commands/fixture.ts",
        to:
          'import type { Command } from "commander";\n' +
          `export const register = (program: Command) => void program.command("${MARK}");\n`,
      },
      {
        file: "operations/cli/main.ts",
        from: '  () => import("./commands/fleet"),\n',
        to: '  () => import("./commands/fixture"),\n  () => import("./commands/fleet"),\n',
      },
    ],
  },
  {
    what: "a check of `verify`",
    edits: [
      {
        file: "operations/verify/checks/charts.ts",
        from: "export const chartChecks: Check<Context>[] = [\n",
        to:
          "export const chartChecks: Check<Context>[] = [\n" +
          `  { id: "chart.${MARK}", title: "", before: true, expected: "", remedy: "",\n` +
          '    run: () => Promise.resolve(verdict([], "")) },\n',
      },
    ],
  },
  {
    what: "a kind of Teleport resource",
    edits: [
      {
        file: CRD,
        to: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: teleportgadgetsv1.resources.teleport.dev }
spec:
  group: resources.teleport.dev
  names: { kind: TeleportGadgetV1, plural: teleportgadgetsv1 }
  scope: Namespaced
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { ${MARK}: { type: string } } }
`,
      },
      {
        file: "teleport/resources/kinds.ts",
        from: "} as const satisfies",
        to:
          '  TeleportGadgetV1: { version: "v1", collection: "gadgets" },\n' +
          "} as const satisfies",
      },
      {
        file: "settings/sections/resources.ts",
        from: "    trustedClusters: declared(",
        to: '    gadgets: declared("TeleportGadgetV1", "Gadgets"),\n    trustedClusters: declared(',
      },
    ],
  },
  {
    what: "a source of database credentials",
    edits: [
      {
        file: "settings/sections/database.ts",
        from: '.discriminatedUnion("source", [existing,',
        to: `.discriminatedUnion("source", [existing, z.strictObject({ source: z.literal("${MARK}"), path: vaultPath.describe("Fixture.") }),`,
      },
      {
        file: "inventory/secrets.ts",
        from: '  | { source: "existing"; path: string }\n',
        to: `  | { source: "existing"; path: string }\n  | { source: "${MARK}"; path: string }\n`,
      },
    ],
  },
  {
    what: "the version of Teleport",
    edits: [
      {
        file: "teleport/versions.ts",
        from: "export const CHART_VERSION =",
        to: 'export const CHART_VERSION = "18.99.0";\nexport const previousVersion =',
      },
    ],
  },
];
