import { createHash } from "node:crypto";
import {
  isMap,
  UNKNOWN,
  type CheckCall,
  type CheckResult,
  type Props,
  type Value,
} from "../framework.ts";
import type { Context } from "./context.ts";
import {
  isBuiltIn,
  isPatchToken,
  isTrue,
  kindOfToken,
  metadataOf,
  nameOf,
  str,
  withAnnotation,
  withMetadata,
  withoutServerMetadata,
} from "./objects.ts";

const AUTONAMED = "pulumi.com/autonamed";

/** A name no longer than Kubernetes allows: the resource's name and eight stable characters. */
export function autoname(name: string, seed: Buffer): string {
  const suffix = createHash("sha256").update(seed).update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, 54)}-${suffix}`;
}

const isNamed = (inputs: Props): boolean => {
  const name: Value | undefined = metadataOf(inputs)["name"];
  return name !== undefined && name !== null && name !== "";
};

/** Fills in what the program may leave out: kind, name, the provider's default namespace. */
export async function checkObject(context: Context, call: CheckCall): Promise<CheckResult> {
  const token = kindOfToken(call.type);
  // A custom resource may well be called so: TeleportAccessList.
  if (isBuiltIn(token.apiVersion) && token.kind.endsWith("List")) {
    throw new Error(
      "list resources cannot be created directly; create the resources they hold instead",
    );
  }
  const metadata = call.news["metadata"];
  if (metadata === UNKNOWN) return { inputs: call.news };
  let inputs = withoutServerMetadata(call.news);
  const patch = isPatchToken(call.type, str(inputs["kind"]) || undefined);
  inputs = {
    ...inputs,
    apiVersion: inputs["apiVersion"] ?? token.apiVersion,
    kind: inputs["kind"] ?? (patch ? token.kind.replace(/Patch$/, "") : token.kind),
  };
  if (metadata !== undefined && metadata !== null && !isMap(metadata)) return { inputs: call.news };
  if (metadataOf(inputs)["generateName"]) {
    throw new Error(
      "the `.metadata.generateName` field is not supported in Server-Side Apply mode; " +
        "leave the name out to have one generated",
    );
  }
  if (patch) {
    if (!context.settings.serverSideApply) {
      throw new Error("patch resources require Server-Side Apply (enableServerSideApply)");
    }
    if (!isNamed(inputs)) {
      throw new Error("patch resources require the `.metadata.name` field to be set");
    }
  }
  if (!isNamed(inputs)) inputs = nameFor(inputs, call);
  const { namespace } = context.settings;
  if (namespace && !metadataOf(inputs)["namespace"]) {
    const kind = { apiVersion: str(inputs["apiVersion"]), kind: str(inputs["kind"]) };
    if (await context.namespaced(kind)) inputs = withMetadata(inputs, { namespace });
  }
  return { inputs };
}

function nameFor(inputs: Props, call: CheckCall): Props {
  const adopted = isTrue(call.olds, AUTONAMED) ? nameOf(call.olds) : "";
  const name =
    adopted || (Object.keys(call.olds).length === 0 ? autoname(call.name, call.randomSeed) : "");
  const chosen = name || autoname(call.name, call.randomSeed);
  return withAnnotation(withMetadata(inputs, { name: chosen }), AUTONAMED, "true");
}
