import type { StackContext } from "./context";

const COMMAND = /`([^`]+)`/g;

/** A word for a shell, quoted if necessary. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Command that updates the stack. */
export const UP = "`bin/access-plane up --stack STACK`";

/** Command that updates the stack after it has read what is there. */
export const REFRESH = "`bin/access-plane up --stack STACK --refresh`";

/**
 * Commands that update the stack and take back fields of Kubernetes objects that somebody else wrote. The
 * provider keeps the variable in the state, so another update ends it.
 */
export const TAKE_BACK = `\`PULUMI_K8S_ENABLE_PATCH_FORCE=true bin/access-plane up --stack STACK --refresh\`, then ${UP}`;

/** Command that changes a setting, by its path. Default of `value`: a text that was not there before. */
export const setSetting = (path: string, value?: string): string =>
  `\`pulumi config set --stack STACK --path ${shellWord(`access-plane:${path}`)} ` +
  `${value === undefined ? '"$(date +%F-%H%M%S)"' : shellWord(value)}\``;

/** Commands that set `chart.reapply` to a new text and update the stack. */
export const REAPPLY = `${setSetting("chart.reapply")}, then ${UP}`;

/**
 * A remedy with commands (in backticks) that work in the shell that runs verify. Replaces STACK, NAMESPACE
 * and CERTIFICATE (the name of its Secret), and adds the project's folder, kubeconfig and context for
 * kubectl and Helm, the address for Vault's command line, and region, profile and endpoint for that of AWS.
 */
export const pasteable = (remedy: string, context: StackContext): string =>
  remedy.replace(COMMAND, (_, command: string) => `\`${completed(command, context)}\``);

/** Options of AWS's command line that the caller's environment does not say. */
function awsOptions(command: string, { settings, env = {} }: StackContext): string[] {
  if (!("aws" in settings) || settings.aws === undefined) return [];
  const { region, profile, endpoint } = settings.aws;
  const options: [flag: string, value: string | undefined, variable: string][] = [
    ["--region", region, ""], // Version 1 of the command line does not read AWS_REGION.
    ["--profile", profile, "AWS_PROFILE"],
    ["--endpoint-url", endpoint, "AWS_ENDPOINT_URL"],
  ];
  return options.flatMap(([flag, value, variable]) =>
    value === undefined || env[variable] === value || command.includes(` ${flag} `)
      ? []
      : [flag, shellWord(value)],
  );
}

function completed(command: string, context: StackContext): string {
  const { settings, stack, env } = context;
  const { kubeconfig, context: cluster } = settings.kubernetes;
  const kubectl = [
    "kubectl",
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", shellWord(kubeconfig)]),
    ...(cluster === undefined ? [] : ["--context", shellWord(cluster)]),
  ];
  const helm = [
    "helm",
    ...kubectl.slice(1).map((word) => word.replace(/^--context$/, "--kube-context")),
  ];
  const address = "vault" in settings ? settings.vault.address : undefined;
  const elsewhere = address !== undefined && env !== undefined && env["VAULT_ADDR"] !== address;
  const vault = elsewhere ? [`VAULT_ADDR=${shellWord(address)}`] : [];
  const folder = stack?.folder === undefined ? [] : ["-C", shellWord(stack.folder)];
  const certificate = settings.kind === "plane" ? settings.certificate.secretName : "CERTIFICATE";
  return command
    .replace(/^kubectl(?= )/, () => kubectl.join(" "))
    .replace(/^helm(?= )/, () => helm.join(" "))
    .replace(/^vault(?= )/, () => [...vault, "vault"].join(" "))
    .replace(/^aws(?= )/, () => ["aws", ...awsOptions(command, context)].join(" "))
    .replaceAll("--stack STACK", () => [...folder, "--stack", stack?.name ?? "STACK"].join(" "))
    .replaceAll("NAMESPACE", () => settings.namespace.name)
    .replaceAll("CERTIFICATE", () => certificate);
}
