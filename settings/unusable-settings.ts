import type { Path, Problem } from "./problem";
import type { Kind } from "./schema";
import { isCredential, isRandom, namesSecret, secretsIn, userInfo } from "./secret-shapes";
import { Shape } from "./shape";

/**
 * Finds texts and keys that no setting may have: secrets, because settings are in the state, in Helm values,
 * ConfigMaps and plans; and characters that get lost on the way.
 */

/** Secrets to hide in messages, and the problems to report. */
export interface UnusableSettings {
  secrets: string[];
  problems: Problem[];
}

/** Keys of public keys and certificates, whose long random parts are no secrets. */
const PUBLIC = /^(jwks|jwksFile|entity_descriptor|cert|certificates?|ca_pins|public_keys?)$/;

/** Keys whose value is a name. */
const NAME_KEY =
  /^(name|names|key|keys|path|mount|kvMount|role|roles|connection|group|groups|user|users|profile|context|token|release|releaseName|stack|clusterName|adminSecret|logins|kind)$|Name$|Path$/;

/** Control characters except tab and line end. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

const inMcp = (path: Path) => path.includes("mcp");

/** What to do with a secret at a place. */
function remedy(path: Path): string {
  const [section, , , field] = path;
  if (path.includes("headers") && section !== "resources") {
    return "put it in Vault at credentials.path of the agent, and write `secret: {key: …}` instead of `value`";
  }
  if (section === "resources" && path[1] === "apps") {
    return (
      "everybody who may open the app could read it; write the app under agents.<name>.apps, with a " +
      "header that has `secret`"
    );
  }
  if (section === "resources" && /Connectors$/.test(String(path[1]))) {
    return "put it in Vault, and name its path and key in `clientSecret`";
  }
  if (section === "resources" && path[1] === "provisionTokens") {
    return "use a join method without a secret, such as kubernetes, or `join: {method: token, path: …}` of an agent";
  }
  if (path.at(-1) === "uri" && !path.includes("databases") && section !== "resources") {
    return "put it in Vault at credentials.path of the agent, and send it in a header with `secret`";
  }
  if (path.includes("databases")) {
    return "remove it, as Teleport logs in to databases with its own certificates";
  }
  if (inMcp(path)) {
    return "let the program read it from a file or from its environment, which a Secret of the agent fills";
  }
  if (section === "database") {
    return "put it in Vault, and name its path in database.credentials";
  }
  if (field === "credentials" || path.includes("credentials")) {
    return "put it in Vault at credentials.path, and write only the name of its key";
  }
  return "put it in Vault, and write only its path where a setting asks for one";
}

class Finder {
  readonly secrets: string[] = [];
  readonly problems: Problem[] = [];

  constructor(private readonly shape: Shape | undefined) {}

  private found(path: Path, what: string, secrets: readonly string[]): void {
    this.secrets.push(...secrets.filter((secret) => secret.length > 3));
    this.problems.push({ path, message: `${what}: ${remedy(path)}.` });
  }

  /** True for a key of the schema at this place. Its value is not free text. */
  private isSetting(path: Path): boolean {
    const key = String(path.at(-1));
    return this.shape?.keysAt(path.slice(0, -1)).includes(key) ?? false;
  }

  text(value: string, path: Path, holder: unknown): void {
    const key = path.findLast((part) => typeof part === "string") ?? "";
    if (PUBLIC.test(key) && !value.includes("PRIVATE KEY")) return;
    const header = path.at(-1) === "value" ? nameIn(holder) : undefined;
    if (header !== undefined && isCredential(header, value)) {
      const what = `of ${JSON.stringify(header)} looks like a credential in plain text`;
      this.found(path, what, [value, ...secretsIn(value)]);
      return;
    }
    const secrets = secretsIn(value);
    // What a header or a variable holds is sent somewhere, or compared with it.
    if (header !== undefined && secrets.length === 0 && isRandom(value)) {
      this.found(path, `of ${JSON.stringify(header)} looks like a secret`, [value]);
    } else if (secrets.length > 0) {
      const where = userInfo(value) === secrets[0] ? "holds a password" : "holds a secret";
      this.found(path, `${where} in plain text`, secrets);
    } else if (userInfo(value) !== undefined && !value.startsWith("ssh://")) {
      this.found(path, "holds a user name before its host", [userInfo(value) ?? ""]);
    } else if (NAME_KEY.test(key) && isRandom(value)) {
      this.found(path, "looks like a secret where a name belongs", [value]);
    } else if (
      typeof path.at(-1) === "string" &&
      namesSecret(key) &&
      isCredential(key, value) &&
      !this.isSetting(path)
    ) {
      this.found(path, "looks like a credential in plain text, by its key", [value]);
    }
  }

  /** Finds secrets after a flag in lists of arguments, such as `--token abc`. */
  private arguments(list: readonly unknown[], path: Path): void {
    for (const [index, flag] of list.entries()) {
      const next = list[index + 1];
      if (typeof flag !== "string" || typeof next !== "string" || next.startsWith("-")) continue;
      const name = /^--?([A-Za-z][\w-]*)$/.exec(flag)?.[1];
      if (name === undefined || !namesSecret(name) || !isCredential(name, next)) continue;
      if (secretsIn(next).length > 0) continue;
      this.found([...path, index + 1], `looks like the credential of ${flag} in plain text`, [
        next,
      ]);
    }
  }

  walk(value: unknown, path: Path, holder?: unknown): void {
    if (typeof value === "string") {
      const code = CONTROL.exec(value)?.[0].charCodeAt(0).toString(16).toUpperCase();
      if (code !== undefined) {
        const name = code.padStart(4, "0");
        this.problems.push({ path, message: `holds the control character U+${name}: remove it.` });
      }
      this.text(value, path, holder);
    }
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.walk(item, [...path, index], value);
      this.arguments(value, path);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key];
      // JavaScript treats `__proto__` specially.
      if (key === "__proto__" || CONTROL.test(key)) {
        const what =
          key === "__proto__" ? "name that nothing may have here" : "key with a control character";
        this.problems.push({ path: at, message: `is a ${what}: rename it.` });
      }
      const inKey = secretsIn(key);
      if (inKey.length > 0 || isRandom(key)) {
        this.found(at, "is a key that looks like a secret", [key, ...inKey]);
      }
      this.walk(item, at, value);
    }
  }
}

function nameIn(holder: unknown): string | undefined {
  const name = typeof holder === "object" && holder !== null && "name" in holder && holder.name;
  return typeof name === "string" ? name : undefined;
}

/** Finds every secret and every unusable text in settings as they were read. */
export function unusableSettings(
  raw: Record<string, unknown>,
  kind: Kind | undefined,
): UnusableSettings {
  const finder = new Finder(kind === undefined ? undefined : new Shape(kind));
  finder.walk(raw, []);
  return finder;
}
