import type { StackContext } from "./context";

const COMMAND = /`([^`]+)`/g;

/** A word for a shell, quoted if necessary. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Command that updates the stack. */
export const UP = "`bin/access-plane up --stack STACK`";

/** Command that updates the stack after it has read what is there. */
export const REFRESH = "`bin/access-plane up --stack STACK --refresh`";

/** Command that changes a setting, by its path. Default of `value`: a text that was not there before. */
export const setSetting = (path: string, value?: string): string =>
  `\`pulumi config set --stack STACK --path ${shellWord(`access-plane:${path}`)} ` +
  `${value === undefined ? '"$(date +%F-%H%M%S)"' : shellWord(value)}\``;

/** Commands that set `chart.reapply` to a new text and update the stack. */
export const REAPPLY = `${setSetting("chart.reapply")}, then ${UP}`;

/**
 * A remedy with commands (in backticks) that work in the shell that runs verify. Replaces STACK, NAMESPACE
 * and CERTIFICATE (the name of its Secret), and adds the project's folder, kubeconfig and context for
 * kubectl, and the address for Vault's command line.
 */
export const pasteable = (remedy: string, context: StackContext): string =>
  remedy.replace(COMMAND, (_, command: string) => `\`${completed(command, context)}\``);

function completed(command: string, { settings, stack, env }: StackContext): string {
  const { kubeconfig, context } = settings.kubernetes;
  const kubectl = [
    "kubectl",
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", shellWord(kubeconfig)]),
    ...(context === undefined ? [] : ["--context", shellWord(context)]),
  ];
  const address = "vault" in settings ? settings.vault.address : undefined;
  const elsewhere = address !== undefined && env !== undefined && env["VAULT_ADDR"] !== address;
  const vault = elsewhere ? [`VAULT_ADDR=${shellWord(address)}`] : [];
  const folder = stack?.folder === undefined ? [] : ["-C", shellWord(stack.folder)];
  const certificate = settings.kind === "plane" ? settings.certificate.secretName : "CERTIFICATE";
  return command
    .replace(/^kubectl(?= )/, () => kubectl.join(" "))
    .replace(/^vault(?= )/, () => [...vault, "vault"].join(" "))
    .replaceAll("--stack STACK", () => [...folder, "--stack", stack?.name ?? "STACK"].join(" "))
    .replaceAll("NAMESPACE", () => settings.namespace.name)
    .replaceAll("CERTIFICATE", () => certificate);
}
