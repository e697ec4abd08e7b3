import type { Command } from "commander";
import { printJson, type Context } from "../../base/context";
import { examples, GROUP, json, oneStack } from "../options";

export function register(program: Command, context: Context): void {
  const command = program
    .command("init")
    .helpGroup(GROUP.deploy)
    .summary("make a stack in the state backend")
    .description(
      "Makes a stack in the backend of PULUMI_BACKEND_URL or of `pulumi login`. A stack that is " +
        "there stays as it is. The key's salt or name is written into the stack's file.",
    )
    .option(
      "--secrets-provider <url>",
      "passphrase, awskms://, azurekeyvault://, gcpkms://, hashivault://KEY; default: the backend's",
    );
  examples(json(oneStack(command)), [
    ["init --stack prod", "with the backend's own way to encrypt"],
    ["init --stack prod --secrets-provider hashivault://pulumi", "Vault transit key pulumi"],
    ["init --stack prod --secrets-provider 'awskms://alias/pulumi'", "AWS KMS"],
  ]).action(async (flags: { stack: string; secretsProvider?: string; json: boolean }) => {
    const { initStack } = await import("../../deploy/init-stack");
    const made = await initStack(flags.stack, context, flags.secretsProvider);
    if (flags.json) printJson(context, { stack: flags.stack, made });
    else context.stdout.write(`${flags.stack}: ${made ? "made" : "was there"}\n`);
  });
}
