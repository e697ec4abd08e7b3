import { type At, type Check, entries, type Fault, faultAt, isSet, when } from "./fault";
import { quoted } from "../quoted";
import { mapping, text } from "../values";

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

function strays(at: At, value: unknown, allowed: At): Fault[] {
  if (typeof value === "string") {
    if (!value.startsWith(SCHEME) || at.join("\n") === allowed.join("\n")) return [];
    return faultAt(
      at,
      `is ${quoted(value)}, but the operator looks up secrets only in ` +
        "client_secret of GitHub and OIDC connectors and token of trusted clusters: Teleport would get this text.",
    );
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => strays([...at, i], item, allowed));
  return Object.entries(mapping(value)).flatMap(([key, item]) =>
    strays([...at, key], item, allowed),
  );
}

function lookupFaults(collection: string, at: At, value: unknown, own: unknown): Fault[] {
  const delivered = collection === "githubConnectors" || collection === "oidcConnectors";
  if (!isSet(value)) {
    const field = at.at(-1);
    if (isSet(own) || !delivered) return [];
    return faultAt(
      [...at.slice(0, -2), "clientSecret"],
      `is missing: set path and key in Vault, or ${quoted(field)} in the spec to secret://NAME/KEY.`,
    );
  }
  if (isSet(own)) {
    return faultAt(at, "is set, but clientSecret sets it, too: remove one of them.");
  }
  const reference = text(value);
  if (REFERENCE.test(reference)) {
    const name = reference.slice(SCHEME.length).split("/")[0] ?? "";
    return when(
      delivered,
      at,
      `refers to the Secret ${quoted(name)}, which this program does not create: it needs the annotation ` +
        `${ALLOW_LOOKUP}: ${String(at[1])}; or let clientSecret deliver it from Vault.`,
      { warning: true },
    );
  }
  return faultAt(
    at,
    reference.startsWith(SCHEME)
      ? `is ${quoted(reference)}, must be secret://NAME/KEY, a Secret of the operator's namespace.`
      : `is plain text${delivered ? ": remove it, and let clientSecret name its path in Vault." : ": refer to a Secret as secret://NAME/KEY."}`,
  );
}

/** References to Secrets, and secrets in plain text. */
export const secretReferences: Check = (resources) =>
  Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap(({ at, spec, entry }): Fault[] => {
      const field = LOOKUPS[collection];
      const place: At = field === undefined ? [] : [...at, "spec", field];
      return [
        ...(field === undefined
          ? []
          : lookupFaults(collection, place, spec[field], entry["clientSecret"])),
        ...strays([...at, "spec"], spec, place),
        ...(KEYS[collection] ?? []).flatMap((path): Fault[] => {
          const value = path.reduce<unknown>((holder, part) => mapping(holder)[part], spec);
          if (!isSet(value) || text(value).startsWith(SCHEME)) return [];
          return faultAt(
            [...at, "spec", ...path],
            "is a secret, which would be plain text in settings, state and the API server: remove it.",
          );
        }),
      ];
    }),
  );
