import { objectName, type Change } from "../base/change";
import { shortType, typeChain } from "../base/urn";
import { CERTIFICATES } from "./certificates";
import { DNS } from "./dns";
import { KUBERNETES } from "./kubernetes";
import { LOAD_BALANCER } from "./load-balancer";
import { RECORDINGS } from "./recordings";
import { RELEASES } from "./releases";
import {
  isRemoved,
  type Consequence,
  type CostOfReturn,
  type Protection,
  type ResourceKind,
  type Typed,
} from "./resource-kind";
import { SYNCED_SECRETS } from "./synced-secrets";
import { TELEPORT_RESOURCES } from "./teleport-resources";
import { VAULT } from "./vault";

/** Every known kind of resource. */
export const KINDS: readonly ResourceKind[] = [
  ...KUBERNETES,
  ...RELEASES,
  ...CERTIFICATES,
  ...SYNCED_SECRETS,
  ...VAULT,
  ...LOAD_BALANCER,
  ...DNS,
  ...RECORDINGS,
  ...TELEPORT_RESOURCES,
];

/** The kind of a resource. Undefined if it is not known. */
export const kindOf = (resource: Typed): ResourceKind | undefined =>
  KINDS.find((kind) => kind.type.test(resource.type) && kind.is?.(resource) !== false);

const kindOfChange = ({ type, before, after }: Change): Partial<ResourceKind> =>
  kindOf({ type, inputs: after ?? before }) ?? {};

/** Effects of a change on sessions and pods. */
export function effectsOf(change: Change): Consequence[] {
  const { lost, effects } = kindOfChange(change);
  if (!isRemoved(change)) return effects?.(change) ?? [];
  return lost === undefined ? [] : [{ level: lost.level, text: lost.text }];
}

/** Costs of going back after a change. */
export function costsOf(change: Change): CostOfReturn[] {
  const { lost, returns } = kindOfChange(change);
  const costs = returns?.(change) ?? [];
  if (!isRemoved(change) || lost?.back === undefined) return costs;
  const reason = `${shortType(change.type)} ${objectName(change)}: ${lost.back.reason}`;
  return [...costs, { ...lost.back, reason }];
}

/** The main facts of a resource, each a short text. */
export const facts = (resource: Typed, protect = false): string[] =>
  (kindOf(resource)?.facts?.(resource.inputs, protect) ?? []).filter((text) => text !== undefined);

/** Resources with the password of Teleport's database. */
const DATABASE_CREDENTIALS: Protection = {
  allow: "database-credentials",
  text: "Teleport cannot read its storage until it has new ones",
};

/** The bootstrap Job and its Secret, and the number of a delivered value: an update creates them again. */
const REPEATED = /:Job::|:RandomId::|^kubernetes:core\/v1:Secret::.*-bootstrap$/;

/** Protection of a resource from replacement and deletion. Undefined if it has none. */
export function protectionOf(resource: Typed & { urn: string }): Protection | undefined {
  const { type, urn } = resource;
  const components = typeChain(urn).slice(0, -1);
  if (!components.includes("access-plane:components:DatabaseCredentials")) {
    const { allow, text = "" } = kindOf(resource)?.lost ?? {};
    return allow === undefined ? undefined : { allow, text };
  }
  return REPEATED.test(`${type}::${urn.split("::").at(-1) ?? ""}`)
    ? undefined
    : DATABASE_CREDENTIALS;
}

/** Protection of the last resource of its kinds. Undefined if it has none. */
export const protectionOfLast = (resource: Typed): Protection | undefined =>
  kindOf(resource)?.protectionOfLast;

/** Names that `--allow` takes. */
export const PROTECTED_NAMES: readonly string[] = [
  ...new Set([
    DATABASE_CREDENTIALS.allow,
    ...KINDS.flatMap(({ lost, protectionOfLast: last }) => lost?.allow ?? last?.allow ?? []),
  ]),
].sort();

/** True if creating a resource again has the same result, whether it exists or not. */
export const isRepeatable = (type: string): boolean =>
  /^(vault|random|pulumi):|^kubernetes:.*Patch$|Attachment$|^aws:(s3\/bucket\w|iam\/rolePolicy:)/.test(
    type,
  );
