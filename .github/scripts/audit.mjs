// Asks the npm registry for known vulnerabilities of every lock file of this repository and prints
// Markdown. Ends with 1 when a package that is deployed has a high or critical one. Where the
// registry has no audit endpoint it says so and ends with 0: nothing was checked.
import { spawnSync } from "node:child_process";

const FOLDERS = [".", "policy"];
const FATAL = ["high", "critical"];

/** Result of `npm audit` in a folder: its vulnerabilities, or why there is no answer. */
function audit(folder) {
  const run = spawnSync("npm", ["audit", "--json", "--audit=true", "--omit=dev"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) return { unanswered: run.error.message };
  try {
    const { vulnerabilities, error, message } = JSON.parse(run.stdout);
    if (vulnerabilities !== undefined) return { vulnerabilities: Object.values(vulnerabilities) };
    return { unanswered: error?.summary || message || "no vulnerabilities in the answer" };
  } catch {
    const said = run.stderr.trim().split("\n").at(-1);
    return { unanswered: said || `npm audit ended with ${String(run.status)}` };
  }
}

let failed = false;
process.stdout.write("## npm audit\n\n");
for (const folder of FOLDERS) {
  const { vulnerabilities, unanswered } = audit(folder);
  if (unanswered !== undefined) {
    process.stdout.write(
      `- \`${folder}\`: **not checked**, the registry gave no answer: ${unanswered}\n`,
    );
    process.stderr.write(`::warning::npm audit of ${folder} was not possible: ${unanswered}\n`);
    continue;
  }
  const fatal = vulnerabilities.filter(({ severity }) => FATAL.includes(severity));
  failed ||= fatal.length > 0;
  process.stdout.write(
    `- \`${folder}\`: ${vulnerabilities.length} packages with a known vulnerability, ` +
      `${fatal.length} of them high or critical\n`,
  );
  for (const { name, severity, range } of fatal) {
    process.stdout.write(`  - ${severity}: ${name} ${range}\n`);
  }
}
process.exitCode = failed ? 1 : 0;
