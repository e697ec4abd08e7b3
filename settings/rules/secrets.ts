import {
  readSecrets,
  settingText,
  vaultSecrets,
  writtenSecrets,
  type SecretSettings,
  type SettingPath,
  type WrittenSecret,
} from "../../inventory/secrets";
import type { Path } from "../problem";
import { rule, type RuleSettings, type Report, type Rule } from "./rule";

/** Rules about Kubernetes Secrets and the paths in Vault that they come from. */

/** Settings for the inventory, without missing sections. */
export const secretSettings = (settings: RuleSettings<never>): SecretSettings => ({
  ...settings,
  namespace: settings.namespace ?? { name: "" },
  vault: { kvMount: settings.vault?.kvMount ?? "" },
});

/** True for a setting whose value is the Secret's name. */
const isName = (path: SettingPath) => path.at(-1) === "secretName";

const distinctSecrets = rule({
  needs: [],
  check(given, report) {
    const settings = secretSettings(given);
    const first = new Map<string, WrittenSecret>();
    for (const secret of writtenSecrets(settings)) {
      const key = `${secret.namespace}/${secret.secretName}`;
      const other = first.get(key);
      if (other === undefined) {
        first.set(key, secret);
        continue;
      }
      const [at, owner] =
        isName(secret.nameSetting) || !isName(other.nameSetting)
          ? [secret, other]
          : [other, secret];
      report.problem(
        at.nameSetting,
        `${isName(at.nameSetting) ? "is" : "writes"} "${at.secretName}", the same Secret as ` +
          `${settingText(owner.nameSetting)}: give each its own name.`,
        [owner.nameSetting],
      );
    }
    for (const { setting, secretName, namespace, keys, apart, holds } of readSecrets(settings)) {
      const owner = first.get(`${namespace}/${secretName}`);
      if (owner === undefined) continue;
      if (apart !== true && keys.every((key) => owner.keys.includes(key))) continue;
      report.problem(
        setting,
        `is "${secretName}", the Secret that ${settingText(owner.nameSetting)} writes, but it does ` +
          `not hold ${holds}: name the Secret that does.`,
        [owner.nameSetting],
      );
    }
  },
});

const vaultPaths = rule({
  needs: ["vault"],
  check(given, report) {
    const secrets = vaultSecrets(secretSettings(given));
    const { kvMount } = given.vault;
    for (const { setting, source } of secrets) {
      if (source.type === "kv-v2") checkPath(setting, source.path, kvMount, report);
    }
    const written = secrets.find(({ generated, source }) => generated && source.type === "kv-v2");
    if (written?.source.type !== "kv-v2") return;
    const { path } = written.source;
    for (const { setting, source } of secrets) {
      if (setting === written.setting || source.type !== "kv-v2" || source.path !== path) continue;
      report.problem(
        written.setting,
        `is "${path}", which ${settingText(setting)} also reads: the generated password ` +
          "would overwrite it; use another path.",
        [setting],
      );
    }
  },
});

function checkPath(setting: Path, value: string, kvMount: string, report: Report): void {
  const [head, ...rest] = value.split("/");
  const withoutMount = value.startsWith(`${kvMount}/`)
    ? value.slice(kvMount.length + 1)
    : undefined;
  if (head === "data" && rest.length > 0) {
    report.problem(
      setting,
      `is "${value}": remove "data/", which only Vault's API uses; write "${rest.join("/")}".`,
    );
  } else if (withoutMount !== undefined) {
    report.problem(
      setting,
      `is "${value}": paths are below the mount "${kvMount}" already; ` +
        `write "${withoutMount.replace(/^data\//, "")}".`,
      [["vault", "kvMount"]],
    );
  }
}

export const secretRules: readonly Rule[] = [distinctSecrets, vaultPaths];
