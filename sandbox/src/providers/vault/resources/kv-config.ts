import { type Plain, word } from "../../tables/plain.ts";
import { computed, flag, number, replace, required, text } from "../../tables/fields.ts";
import { endpoint } from "../endpoint.ts";

const ID = /^(.+)\/config$/;

/** Vault returns durations as `1h0m5s`. */
export function seconds(duration: unknown): number {
  if (typeof duration === "number") return duration;
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  let total = 0;
  for (const [, amount, unit] of word(duration ?? "").matchAll(/([\d.]+)([hms])/g)) {
    total += Number(amount) * (units[unit ?? "s"] ?? 1);
  }
  return total;
}

export const kvConfig = endpoint({
  token: "vault:kv/secretBackendV2:SecretBackendV2",
  identity: { mount: text({ ...required, ...replace }) },
  body: {
    casRequired: flag(computed),
    deleteVersionAfter: number(),
    maxVersions: number(computed),
  },
  id: (inputs) => `${word(inputs["mount"])}/config`,
  identify(id): Plain | undefined {
    const mount = ID.exec(id)?.[1];
    return mount === undefined ? undefined : { mount };
  },
  form: "kvv2/config",
  send(body) {
    if (body["delete_version_after"] === undefined) return;
    body["delete_version_after"] = `${word(body["delete_version_after"])}s`;
  },
  tell: (data) => ({ deleteVersionAfter: seconds(data["delete_version_after"]) }),
  permanent: true,
});
