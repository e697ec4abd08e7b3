import { secretKeys, type App, type Registration } from "./app";

/** What a stack may ask for. */
export type Wish = Registration | "auto";

/** How an app is registered, and why. */
export interface Decision {
  registration: Registration;
  /** Completes "… because". */
  reason: string;
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}\/)([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\//;

/** True for a label that an object in Kubernetes may have. */
export function isKubernetesLabel(key: string, value: string): boolean {
  return NAME.test(key.replace(PREFIX, "")) && (value === "" || NAME.test(value));
}

/** Why an app can only be in the agent's own configuration; undefined when it may be either. */
export function staticOnly(app: Pick<App, "rewrite" | "labels">): string | undefined {
  const [key] = secretKeys(app);
  if (key !== undefined) {
    return `a header takes its value from the secret ${key}, which no object of the API may hold`;
  }
  const label = Object.entries(app.labels).find((entry) => !isKubernetesLabel(...entry));
  return label === undefined
    ? undefined
    : `label ${label[0]} is none that an object in Kubernetes may have`;
}

/** How an app is registered: as asked, or by what it needs; dynamic ones need an operator. */
export function decide(
  app: Pick<App, "rewrite" | "labels">,
  wish: Wish,
  operator = true,
): Decision {
  if (wish !== "auto") return { registration: wish, reason: "the settings ask for it" };
  const reason = operator ? staticOnly(app) : "this stack has no Teleport operator to give it to";
  return reason === undefined
    ? { registration: "dynamic", reason: "nothing in it is secret, so its agent need not restart" }
    : { registration: "static", reason };
}
