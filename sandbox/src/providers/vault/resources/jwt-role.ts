import { type Plain, type PlainValue, word } from "../../tables/plain.ts";
import { flag, kept, map, number, replace, required, set, text } from "../../tables/fields.ts";
import { endpoint, split } from "../endpoint.ts";
import { tokenFields } from "./token-fields.ts";

export const jwtRole = endpoint({
  token: "vault:jwt/authBackendRole:AuthBackendRole",
  identity: {
    backend: text({ ...replace, default: "jwt" }),
    roleName: text({ ...required, ...replace }),
  },
  body: {
    roleType: text({ ...replace, default: "oidc" }),
    aliasMetadata: map(),
    allowedRedirectUris: set(text()),
    boundAudiences: set(text()),
    boundClaims: map(),
    boundClaimsType: text({ computed: true }),
    boundSubject: text(),
    claimMappings: map(),
    clockSkewLeeway: number(),
    disableBoundClaimsParsing: flag(kept),
    expirationLeeway: number(),
    groupsClaim: text(),
    maxAge: number(),
    notBeforeLeeway: number(),
    oidcScopes: set(text()),
    userClaim: text(required),
    userClaimJsonPointer: flag(),
    verboseOidcLogging: flag(),
    ...tokenFields,
  },
  id: (inputs) => `auth/${word(inputs["backend"])}/role/${word(inputs["roleName"])}`,
  identify: split("role", ["backend", "roleName"], "auth/"),
  form: "auth/jwt/role/test-role",
  send(body, inputs) {
    delete body["disable_bound_claims_parsing"];
    const claims = inputs["boundClaims"];
    if (typeof claims !== "object" || claims === null || inputs["disableBoundClaimsParsing"])
      return;
    // A claim may hold several values, written with commas.
    body["bound_claims"] = Object.fromEntries(
      Object.entries(claims).map(([name, value]) => {
        const parts = word(value)
          .split(",")
          .map((part) => part.trim());
        return [name, parts.length > 1 ? parts : parts[0]];
      }),
    );
  },
  tell(data): Plain {
    const claims = (data["bound_claims"] ?? {}) as Record<string, PlainValue>;
    return {
      boundClaims: Object.fromEntries(
        Object.entries(claims).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.map(word).join(",") : word(value),
        ]),
      ),
    };
  },
});
