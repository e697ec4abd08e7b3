import { quoted } from "../quoted";
import { entries, type Check, type Fault, type Field } from "./fault";

/** Checks `secret://name/key` references, and secrets in plain text. */

const SCHEME = "secret://";
const REFERENCE = /^secret:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[\w.-]+$/;

/** The only fields in which the operator looks a secret up. */
export const LOOKUPS: Record<string, string> = {
  githubConnectors: "client_secret",
  oidcConnectors: "client_secret",
  trustedClusters: "token",
};

/** Annotation by which a Secret lets custom resources look it up: their names, or "*". */
export const ALLOW_LOOKUP = "resources.teleport.dev/allow-lookup-from-cr";

/** Fields with key material, by collection. */
const KEYS: Record<string, readonly (readonly string[])[]> = {
  samlConnectors: [
    ["signing_key_pair", "private_key"],
    ["assertion_key_pair", "private_key"],
  ],
  oidcConnectors: [["mfa", "client_secret"], ["google_service_account"]],
  provisionTokens: [["bound_keypair", "onboarding", "registration_secret"]],
};

function strays(field: Field, allowed: Field | undefined): Fault[] {
  if (typeof field.value === "string") {
    return field.when(
      field.value.startsWith(SCHEME) && field.at.join("\n") !== allowed?.at.join("\n"),
      `is ${quoted(field.value)}, but the operator looks up secrets only in ` +
        "client_secret of GitHub and OIDC connectors and token of trusted clusters: Teleport would get this text.",
    );
  }
  const below = [...field.items(), ...field.entries().map(([, one]) => one)];
  return below.flatMap((one) => strays(one, allowed));
}

function lookupFaults(collection: string, secret: Field, own: Field): Fault[] {
  const delivered = collection === "githubConnectors" || collection === "oidcConnectors";
  if (!secret.isSet) {
    const field = quoted(secret.at.at(-1));
    return own.when(
      !own.isSet && delivered,
      `is missing: set path and key in Vault, or ${field} in the spec to secret://NAME/KEY.`,
    );
  }
  if (own.isSet) {
    return secret.fault("is set, but clientSecret sets it, too: remove one of them.");
  }
  const reference = secret.text;
  if (REFERENCE.test(reference)) {
    const name = reference.slice(SCHEME.length).split("/")[0] ?? "";
    return secret.when(
      delivered,
      `refers to the Secret ${quoted(name)}, which this program does not create: it needs the annotation ` +
        `${ALLOW_LOOKUP}: ${String(secret.at[1])}; or let clientSecret deliver it from Vault.`,
      { warning: true },
    );
  }
  return secret.fault(
    reference.startsWith(SCHEME)
      ? `is ${quoted(reference)}, must be secret://NAME/KEY, a Secret of the operator's namespace.`
      : `is plain text${delivered ? ": remove it, and let clientSecret name its path in Vault." : ": refer to a Secret as secret://NAME/KEY."}`,
  );
}

/** References to Secrets, and secrets in plain text. */
export const secretReferences: Check = (resources) =>
  Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap(({ spec, entry }): Fault[] => {
      const field = LOOKUPS[collection];
      const secret = field === undefined ? undefined : spec.get(field);
      return [
        ...(secret === undefined
          ? []
          : lookupFaults(collection, secret, entry.get("clientSecret"))),
        ...strays(spec, secret),
        ...(KEYS[collection] ?? []).flatMap((path) => {
          const key = spec.get(...path);
          return key.when(
            key.isSet && !key.text.startsWith(SCHEME),
            "is a secret, which would be plain text in settings, state and the API server: remove it.",
          );
        }),
      ];
    }),
  );
