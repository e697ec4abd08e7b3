import type { CheckFailure } from "../../framework.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  computed,
  flag,
  kept,
  list,
  map,
  number,
  replace,
  required,
  text,
} from "../../tables/fields.ts";
import { endpoint, split } from "../endpoint.ts";

export const databaseStaticRole = endpoint({
  token: "vault:database/secretBackendStaticRole:SecretBackendStaticRole",
  identity: {
    backend: text({ ...required, ...replace }),
    name: text(replace),
  },
  body: {
    dbName: text({ ...required, ...replace }),
    username: text({ ...required, ...replace }),
    credentialConfig: map(),
    credentialType: text(computed),
    passwordWo: text({ writeOnly: true, secret: true }),
    passwordWoVersion: number(kept),
    rotationPeriod: number(),
    rotationSchedule: text(),
    rotationStatements: list(text()),
    rotationWindow: number(),
    selfManagedPassword: text({ ...kept, secret: true }),
    skipImportRotation: flag(),
  },
  autoName: { field: "name", max: 255 },
  id: (inputs) => `${word(inputs["backend"])}/static-roles/${word(inputs["name"])}`,
  identify: split("static-roles", ["backend", "name"]),
  form: "postgres/static-roles/my-role",
  validate: oneRotation,
  send(body, inputs) {
    delete body["password_wo_version"];
    if (body["password_wo"] !== undefined) body["password"] = body["password_wo"];
    delete body["password_wo"];
    // Vault refuses both at once, even if one of them is only cleared.
    if (inputs["rotationPeriod"]) delete body["rotation_schedule"];
    if (inputs["rotationSchedule"]) delete body["rotation_period"];
    if (!inputs["rotationSchedule"]) delete body["rotation_window"];
  },
});

function oneRotation(inputs: Plain): CheckFailure[] {
  const given = ["rotationPeriod", "rotationSchedule"].filter((name) => inputs[name] !== undefined);
  if (given.length === 1) return [];
  const reason =
    given.length === 0
      ? "Missing required argument. One of rotationPeriod or rotationSchedule must be given"
      : "Conflicting configuration arguments. Set rotationPeriod or rotationSchedule, not both.";
  return [{ property: "rotationPeriod", reason }];
}
