/** The `token_*` fields that every login role has. */
import { computed, flag, list, number, set, text, type Fields } from "../../tables/fields.ts";

export const tokenFields: Fields = {
  tokenBoundCidrs: set(text()),
  tokenExplicitMaxTtl: number(),
  tokenMaxTtl: number(),
  tokenNoDefaultPolicy: flag(),
  tokenNumUses: number(),
  tokenPeriod: number(),
  tokenPolicies: set(text()),
  tokenTtl: number(),
  tokenType: text(computed),
};

export const names = list(text());
