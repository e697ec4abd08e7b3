import { Option, type Command } from "commander";
import { CommandError } from "../../base/exit-codes";
import { writeResult, type Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

interface Options {
  stack: string;
  source: "state" | "plan" | "preview";
  base?: string;
  verify?: string | true;
  output?: string;
  format?: "svg" | "html" | "mermaid" | "json";
  json: boolean;
}

const BY_ENDING: Record<string, Options["format"]> = { svg: "svg", html: "html", json: "json" };

export function register(program: Command, context: Context): void {
  const command = program
    .command("graph")
    .helpGroup(GROUP.review)
    .summary("draw the access plane: the way in, and what waits for what")
    .description(
      "Draws the access plane as SVG, as one HTML page to click through, or as Mermaid for Markdown: " +
        "the way from the internet to each app, and every resource with what it waits for, coloured " +
        "by state.",
    )
    .addOption(
      new Option("--source <source>", "as deployed, as the settings say, or as a preview says")
        .choices(["state", "plan", "preview"])
        .default("state"),
    )
    .option("--base <where>", "colour the difference to a Git revision or folder (--source plan)")
    .option("--verify [file]", "colour by what verify finds, now or as its --json in a file has it")
    .addOption(
      new Option("--format <format>", "default: by the ending of --output, else mermaid").choices([
        "svg",
        "html",
        "mermaid",
        "json",
      ]),
    )
    .option("-o, --output <file>", "write there instead of to standard output");
  examples(json(oneStack(command)), [
    ["graph --stack prod -o plane.html", "what is deployed, as a page for a browser"],
    ["graph --stack prod --verify -o plane.html", "what is deployed, and what verify finds"],
    ["graph --stack prod --verify verify.json", "the same, of a verify --json made before"],
    ["graph --stack prod --source plan --base main", "a change as Mermaid, without credentials"],
    ["graph --stack prod --source preview -o plane.svg", "what the next update would do"],
  ]).action(async (options: Options) => {
    const { stack, source, base, verify, output, format } = options;
    if (base !== undefined && source !== "plan") {
      throw new CommandError("USAGE", "--base compares settings: use it with --source plan.");
    }
    if (verify !== undefined && (source === "preview" || base !== undefined)) {
      throw new CommandError(
        "USAGE",
        "--verify colours what is deployed: leave out preview and --base.",
      );
    }
    const path = await import("node:path");
    const { readGraph } = await import("../../graph/read-graph");
    const ending = path.extname(output ?? "").slice(1);
    const kind = options.json ? "json" : (format ?? BY_ENDING[ending] ?? "mermaid");
    const { cwd, env } = context;
    const results =
      verify === undefined
        ? undefined
        : await (await import("../../graph/findings")).findings(stack, verify, context);
    const graph = await readGraph({ stack, cwd, env, source, base, results });
    const { graphText } = await import("../../graph/write-graph");
    const text = await graphText(graph, kind);
    if (output === undefined) {
      context.stdout.write(text);
      return;
    }
    writeResult("--output", output, text);
    context.stderr.write(`${output}: ${graph.dependencies.nodes.length} boxes\n`);
  });
}
