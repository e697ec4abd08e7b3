import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { NAMESPACE } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import { kubeConfig } from "../base/kube-config";
import { writePrivate } from "../base/private-file";
import { redact, SECRET } from "../base/redact";
import { LiveKubernetes } from "../clients/kubernetes";
import { managingApplications, type ManagingApplication } from "./argo-applications";
import { impliedSettings } from "./implied-settings";
import { readPlane } from "./read-plane";
import { MISSING, type Sections } from "./sections";

interface WriteOptions {
  stack: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  namespace: string;
  context?: string;
  region?: string;
}

export interface Written {
  file: string;
  text: string;
  /** Lines that the user has to fill in. */
  open: string[];
  /** Argo CD Applications that still manage some of it. */
  managing: ManagingApplication[];
}

/** Settings with {@link MISSING} in place of secrets. */
const withoutSecrets = (sections: Sections): Sections =>
  JSON.parse(JSON.stringify(redact(sections)).replaceAll(SECRET, MISSING)) as Sections;

/** Writes the settings of an existing plane to a new file. Throws if the file exists. */
export async function writeSettings(options: WriteOptions): Promise<Written> {
  const { stack, cwd, env, namespace, context, region = env["AWS_REGION"] } = options;
  if (!/^[\w.-]{1,100}$/.test(stack)) {
    throw new CommandError(
      "USAGE",
      `--stack is "${stack}", must be letters, digits, '-', '_' and '.', 100 at most.`,
    );
  }
  const file = path.join(cwd, `Pulumi.${stack}.yaml`);
  if (fs.existsSync(file)) {
    throw new CommandError(
      "USAGE",
      `${file} exists: remove it, or go on without --write-settings.`,
    );
  }
  const config = kubeConfig({ kubernetes: { context } });
  const kubernetes = new LiveKubernetes(() => config);
  const endpoint = env["AWS_ENDPOINT_URL"];
  const plane = await readPlane({
    kubernetes,
    context: context ?? config.getCurrentContext(),
    namespace,
    aws: region === undefined ? undefined : { region, endpoint },
  });
  const sections = withoutSecrets(impliedSettings(plane, env["VAULT_ADDR"]));
  const text =
    "# yaml-language-server: $schema=./settings/stack.schema.json\n" +
    `# Read from namespace ${namespace}.\n` +
    stringify(
      {
        config: {
          "pulumi:disable-default-providers": ["*"],
          ...Object.fromEntries(
            Object.entries(sections).map(([name, value]) => [`${NAMESPACE}:${name}`, value]),
          ),
        },
        // Quotes `off` and similar words, because older parsers read them as booleans.
      },
      { version: "1.1" },
    );
  writePrivate(file, text, "wx");
  const open = text
    .split("\n")
    .flatMap((line, index) =>
      line.includes(MISSING) ? [`line ${index + 1}: ${line.trim()}`] : [],
    );
  return { file, text, open, managing: await managingApplications(kubernetes, namespace) };
}
