import { isPresetRole } from "../preset-roles";
import { entries, type Check, type Declared } from "./fault";
import { quoted } from "../quoted";
import { mapping } from "../values";

/** Names that Kubernetes, the operator or Teleport do not accept for a resource. */

const RFC_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Ways to log in that Teleport has without a connector (constants.SystemConnectors). */
export const LOCAL_CONNECTORS = ["local", "passwordless", "headless"];

/** Kinds with only one object in Teleport, with its name. */
const SINGLETONS: Record<string, string> = {
  autoupdateConfigs: "autoupdate-config",
  autoupdateVersions: "autoupdate-version",
};

/** Two collections with common names in Teleport. */
const SHARED: [string, string][] = [["opensshServers", "opensshEICEServers"]];

function suggestion(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/@.*$/, "")
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return RFC_1123.test(plain) ? `, such as ${plain}` : "";
}

/** True for a text that Kubernetes takes as the name of an object. */
export const isObjectName = (name: string): boolean => name.length <= 253 && RFC_1123.test(name);

function kubernetesName(collection: string, name: string): string | undefined {
  // The schema reports an empty key.
  if (name === "") return undefined;
  if (name.length > 253)
    return `has ${name.length} characters as a name, but Kubernetes allows 253: shorten it.`;
  if (RFC_1123.test(name)) return undefined;
  if (collection === "users" && name.includes("@")) {
    return (
      "is an e-mail address, but the operator needs the name of a Kubernetes object, which has no @: let " +
      `a connector or \`tctl users add\` create that user, or choose another name${suggestion(name)}.`
    );
  }
  return (
    "is not a valid name of a Kubernetes object (lower-case letters, digits, inner '-' and '.'), " +
    `which the operator needs: rename it${suggestion(name)}.`
  );
}

function taken(resources: Declared, collection: string, name: string): string | undefined {
  if (collection === "roles" && isPresetRole(name)) {
    return (
      "is a role that Teleport itself creates, and the operator refuses to manage it: choose another " +
      "name; users may hold the preset without a declaration."
    );
  }
  if (collection.endsWith("Connectors") && LOCAL_CONNECTORS.includes(name)) {
    return `has a name that Teleport reserves for logins without a connector (${LOCAL_CONNECTORS.join(", ")}): rename it.`;
  }
  if (collection === "roles" || collection === "users") {
    const bot = name.replace(/^bot-/, "");
    if (bot !== name && Object.hasOwn(mapping(resources["bots"]), bot)) {
      return `is the name of what Teleport creates for the bot ${quoted(bot)}: rename one of them.`;
    }
  }
  const wanted = SINGLETONS[collection];
  if (wanted !== undefined && name !== wanted) {
    return `is ${quoted(name)}, but Teleport has one object of this kind, called ${wanted}: use that name.`;
  }
  return undefined;
}

/** Names of resources. */
export const names: Check = (resources) => [
  ...Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap(({ entry, name }) =>
      entry.fault(kubernetesName(collection, name) ?? taken(resources, collection, name)),
    ),
  ),
  ...SHARED.flatMap(([one, other]) =>
    entries(resources, other).flatMap(({ entry, name }) =>
      entry.when(
        Object.hasOwn(mapping(resources[one]), name),
        `is ${quoted(name)}, also the name of one of ${one}, and both are nodes in Teleport: rename one.`,
      ),
    ),
  ),
];
