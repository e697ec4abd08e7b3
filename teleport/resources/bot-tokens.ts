import { botToken, tokenName, type Delegated } from "../agent-join";
import type { Specs } from "./shape";

/** A bot, with or without `join`. */
export interface JoiningBot {
  join?: Delegated & { serviceAccounts?: string[] };
}

/** Provision tokens of the bots with `join`, by token name. */
export function botTokens(
  bots: Readonly<Record<string, JoiningBot>>,
): Record<string, Specs["TeleportProvisionToken"]> {
  return Object.fromEntries(
    Object.entries(bots).flatMap(([bot, { join }]) =>
      join === undefined
        ? []
        : [[tokenName(bot, join), botToken(join, bot, join.serviceAccounts ?? [])]],
    ),
  );
}
