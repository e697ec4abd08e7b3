import { secretKeys, type App, type Registration } from "./app";

/** What a stack may ask for. */
export type RequestedRegistration = Registration | "auto";

/** What decided how an app is registered, for those that share it: completes "…, as". */
export const CAUSES = {
  settings: "the settings say so (inside an agent's section static is the default)",
  secret:
    "a header takes its value from a secret, and no sidecar of its agent adds it (secretHeaders)",
  commands: "a command makes a label, which only an agent's configuration can have",
  label: "a label is none that an object in Kubernetes may have",
  operator: "this stack has no Teleport operator to give it to",
  free: "nothing in it is secret, so its agent need not restart",
} as const;

/** Why an app is registered in one way. */
export interface RegistrationReason {
  cause: keyof typeof CAUSES;
  /** Completes "… because", of this very app. */
  reason: string;
}

/** How an app is registered, and why. */
export interface Decision extends RegistrationReason {
  registration: Registration;
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}\/)([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\//;

/** True for a label that an object in Kubernetes may have. */
export function isKubernetesLabel(key: string, value: string): boolean {
  return NAME.test(key.replace(PREFIX, "")) && (value === "" || NAME.test(value));
}

/**
 * Why an app can only be in the agent's own configuration; undefined when it may be either.
 * `injected`: its agent adds secret headers by a sidecar, so that the object holds none.
 */
export function staticOnly(
  app: Pick<App, "rewrite" | "labels" | "commands">,
  injected: boolean,
): RegistrationReason | undefined {
  const [key] = secretKeys(app);
  if (key !== undefined && !injected) {
    const reason = `a header takes its value from the secret ${key}, and no sidecar of its agent adds it`;
    return { cause: "secret", reason };
  }
  if (app.commands.length > 0) return { cause: "commands", reason: CAUSES.commands };
  const label = Object.entries(app.labels).find((entry) => !isKubernetesLabel(...entry));
  return label === undefined
    ? undefined
    : { cause: "label", reason: `label ${label[0]} is none that an object in Kubernetes may have` };
}

/** How an app is registered: as asked, or by what it needs; dynamic ones need an operator. */
export function decide(
  app: Pick<App, "rewrite" | "labels" | "commands">,
  requested: RequestedRegistration,
  { operator, injected }: { operator: boolean; injected: boolean },
): Decision {
  const cause = (name: RegistrationReason["cause"]) => ({ cause: name, reason: CAUSES[name] });
  if (requested !== "auto") return { registration: requested, ...cause("settings") };
  const needs = operator ? staticOnly(app, injected) : cause("operator");
  return needs === undefined
    ? { registration: "dynamic", ...cause("free") }
    : { registration: "static", ...needs };
}
