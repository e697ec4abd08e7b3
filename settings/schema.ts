import type { z } from "zod";
import { agentSchema } from "./kinds/agent";
import { appsSchema } from "./kinds/apps";
import { eventHandlerSchema } from "./kinds/event-handler";
import { planeSchema } from "./kinds/plane";

/** Namespace of the settings in a stack file: keys are `access-plane:<section>`. */
export const NAMESPACE = "access-plane";

/**
 * Schemas of a stack's settings by kind, with one entry for each config key `access-plane:<section>`. A
 * section is the same in all kinds that have it.
 */
export const KINDS = {
  plane: planeSchema,
  agent: agentSchema,
  apps: appsSchema,
  "event-handler": eventHandlerSchema,
};

/** Kind of a stack: `access-plane:kind`. */
export type Kind = keyof typeof KINDS;

/** Settings of a stack of one kind, after defaults and rules. */
export type SettingsOf<K extends Kind> = z.output<(typeof KINDS)[K]>;

/** A stack's settings after defaults and rules, of any kind. */
export type Settings = { [K in Kind]: SettingsOf<K> }[Kind];

/** Settings of a stack with agents: kind plane or agent. */
export type SettingsWithAgents = SettingsOf<"plane"> | SettingsOf<"agent">;

/** Settings of an access plane. */
export type PlaneSettings = SettingsOf<"plane">;

/** Name of a section of any kind. */
export type Section = { [K in Kind]: keyof SettingsOf<K> }[Kind];

/** Kind of settings as they were read. Undefined if they name an unknown kind. */
export function kindOf(raw: Record<string, unknown>): Kind | undefined {
  const { kind = "plane" } = raw;
  return typeof kind === "string" && Object.hasOwn(KINDS, kind) ? (kind as Kind) : undefined;
}

/** Kinds that have a section. */
export function kindsWithSection(section: string): Kind[] {
  return (Object.keys(KINDS) as Kind[]).filter((kind) => Object.hasOwn(KINDS[kind].shape, section));
}

/** True for a section that is a text. Pulumi's config holds other sections as JSON. */
export function isText(section: string): boolean {
  return kindsWithSection(section).some((kind) => {
    const { shape } = KINDS[kind];
    let { def } = shape[section as keyof typeof shape] as z.ZodType;
    while ("innerType" in def) ({ def } = def.innerType as z.ZodType);
    return ["string", "enum", "literal"].includes(def.type);
  });
}
