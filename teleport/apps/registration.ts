import { secretKeys, type App, type Registration } from "./app";

/** The setting `registration`. */
export type RequestedRegistration = Registration | "auto";

/** Reasons for a registration that several apps share. Each completes "…, because". */
export const CAUSES = {
  settings: "the settings say so (in an agent's section static is the default)",
  secret: "a header has a secret value that no sidecar of the agent adds (secretHeaders)",
  commands: "a command makes a label, which only an agent's configuration can have",
  label: "a label is not valid for a Kubernetes object",
  operator: "this stack has no Teleport operator",
  free: "nothing in it needs the agent's configuration, so its agent need not restart",
} as const;

/** Why an app is registered in one way. */
export interface RegistrationReason {
  cause: keyof typeof CAUSES;
  /** The reason for this app. Completes "… because". */
  reason: string;
}

/** How an app is registered, and why. */
export interface Decision extends RegistrationReason {
  registration: Registration;
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}\/)([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\//;

/** Whether a Kubernetes object may have this label. Source: Kubernetes documentation, "Labels and Selectors". */
export function isKubernetesLabel(key: string, value: string): boolean {
  return NAME.test(key.replace(PREFIX, "")) && (value === "" || NAME.test(value));
}

/**
 * Why an app must be static. Undefined if it may be dynamic.
 * `injected`: a sidecar of its agent adds secret headers, so the object has none.
 */
export function staticOnly(
  app: Pick<App, "rewrite" | "labels" | "commands">,
  injected: boolean,
): RegistrationReason | undefined {
  const [key] = secretKeys(app);
  if (key !== undefined && !injected) {
    const reason = `a header has the value of the secret ${key}, which no sidecar of the agent adds`;
    return { cause: "secret", reason };
  }
  if (app.commands.length > 0) return { cause: "commands", reason: CAUSES.commands };
  const label = Object.entries(app.labels).find((entry) => !isKubernetesLabel(...entry));
  return label === undefined
    ? undefined
    : { cause: "label", reason: `label ${label[0]} is not valid for a Kubernetes object` };
}

/** How an app is registered: as set, or with `auto` dynamic if possible. Dynamic apps need an operator. */
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
