import { isDeepStrictEqual } from "node:util";
import { LOOKUPS } from "../../teleport/checks/secret-references";
import { KINDS, kindInfo, type TeleportKind } from "../../teleport/resources/kinds";
import { PRESETS, type Preset, presetsInUse } from "../../teleport/resources/presets";
import type { CustomObject } from "../clients/custom-objects";
import { MISSING, set, type Sections } from "./sections";
import { getText } from "../../teleport/values";

/** A preset role as the program creates it, with or without MFA for each session. */
const presetRole = (name: string, sessionMfa: boolean) =>
  Object.hasOwn(PRESETS, name)
    ? presetsInUse({ presets: [name as Preset], roles: {}, sessionMfa })[0]?.[1]
    : undefined;

/** A spec without plain-text secrets. */
function withoutSecret(collection: string, spec: unknown): unknown {
  const field = LOOKUPS[collection];
  const value = field === undefined ? "" : getText(spec, field);
  if (field === undefined || value === "" || value.startsWith("secret://")) return spec;
  return { ...(spec as object), [field]: MISSING };
}

function declaration(kind: TeleportKind, { metadata, spec }: CustomObject): Sections {
  const { collection, roleVersion } = kindInfo(kind);
  const { labels, annotations = {} } = metadata ?? {};
  return set({
    version: roleVersion,
    spec: withoutSecret(collection, spec),
    labels,
    description: annotations["description"],
    keep: annotations["teleport.dev/keep"] === "true" ? true : undefined,
    ignore: annotations["teleport.dev/ignore"] === "true" ? true : undefined,
  });
}

/**
 * Settings that declare the existing Teleport resources, except the agents' tokens and kinds that settings
 * do not have. Undefined if all of them are defaults.
 */
export function impliedResources(
  objects: readonly CustomObject[],
  agentTokens: readonly string[],
): Sections | undefined {
  const ready: string[] = [];
  let sessionMfa = true;
  const declared: Record<string, Sections> = {};
  for (const object of objects) {
    if (!Object.hasOwn(KINDS, object.kind)) continue;
    const kind = object.kind as TeleportKind;
    const { collection, roleVersion } = kindInfo(kind);
    const { name = "", labels = {} } = object.metadata ?? {};
    if (kind === "TeleportProvisionToken" && agentTokens.includes(name)) continue;
    const same = [true, false].find((mfa) => {
      const preset = presetRole(name, mfa);
      return (
        preset?.version === roleVersion &&
        isDeepStrictEqual([preset?.spec, preset?.labels ?? {}], [object.spec, labels])
      );
    });
    if (collection === "roles" && same !== undefined) {
      ready.push(name);
      sessionMfa &&= same;
    } else (declared[collection] ??= {})[name] = declaration(kind, object);
  }
  const usual = ready.length === 1 && ready[0] === "kube-admin";
  const sections = set({
    presets: usual ? undefined : ready.sort(),
    sessionMfa: sessionMfa ? undefined : false,
    ...declared,
  });
  return Object.keys(sections).length === 0 ? undefined : sections;
}
