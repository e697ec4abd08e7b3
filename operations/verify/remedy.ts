import type { StackContext } from "./context";

const COMMAND = /`([^`]+)`/g;

/** A word that a shell takes as it is, in quotes where it has to be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Sets `chart.reapply` to a text that it did not have before, and updates. */
export const REAPPLY =
  '`pulumi config set --stack STACK --path access-plane:chart.reapply "$(date +%F-%H%M%S)"`, then ' +
  "`bin/access-plane up --stack STACK`";

/**
 * A remedy whose commands, which are in backticks, work when pasted into the shell that ran verify:
 * STACK, NAMESPACE and CERTIFICATE (the name of its Secret) become those of the stack, with the folder
 * of its project where that is not the checkout; kubectl gets kubeconfig and context of the settings,
 * Vault's command line the address.
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
