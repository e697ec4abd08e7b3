// Tests see no cluster, Vault, cloud account or backend of the shell that they are started from. Those
// that need one name it themselves.
for (const name of Object.keys(process.env)) {
  if (/^(KUBECONFIG|VAULT_.*|AWS_.*|PULUMI_.*)$/.test(name)) delete process.env[name];
}

// The engine and its plugins run for seconds: to collect garbage seldom saves a sixth of their work.
process.env.GOGC ??= "400";

// mocha keeps whole stacks, and the libraries make errors by the thousands that nobody reads.
Error.stackTraceLimit = 20;
