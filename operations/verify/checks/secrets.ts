import type * as k8s from "@kubernetes/client-node";
import { namespacesOf } from "../../../inventory/agents";
import { readPath, valuesIn, vaultSecrets, type VaultSecret } from "../../../inventory/secrets";
import { revisionText } from "../../base/helm-record";
import { seconds } from "../../../settings/rules/rule";
import { secretData } from "../../clients/secret-data";
import { count } from "../../base/count";
import { failed, ok, verdict, warning, type Check } from "../check";
import type { Context } from "../context";
import { REFRESH } from "../remedy";
import { renewal } from "../renewal";

/** Shorter values may occur by chance. */
const SHORTEST = 8;

type Named = Pick<VaultSecret, "secretName" | "namespace">;

/** Commands that make the operator deliver Secrets at once. */
const deleteSecrets = (late: readonly Named[]): string =>
  late
    .map(
      ({ secretName, namespace }) =>
        `\`kubectl delete secret ${secretName} -n ${namespace} --ignore-not-found\``,
    )
    .join(", ");

/** What the operator needs to deliver Secrets and is not there: its login to Vault, and an object for each. */
async function missingOrders(context: Context, late: readonly Named[]): Promise<string[]> {
  const { kubernetes, settings } = context;
  if (settings.vault.delivery === "pulumi") return [];
  const wanted = late.flatMap(({ secretName, namespace }) => [
    { kind: "VaultAuth", name: settings.namespace.name, namespace },
    { kind: "VaultStaticSecret", name: secretName, namespace },
  ]);
  const found = await Promise.all(
    wanted.map(({ kind, name, namespace }) =>
      kubernetes.get("secrets.hashicorp.com/v1beta1", kind, name, namespace),
    ),
  );
  const gone = wanted.filter((_, at) => found[at] === undefined);
  return [...new Set(gone.map(({ kind, name }) => `there is no ${kind} ${name}`))];
}

/** Remedy: deliver Secrets again, and see why they are not delivered. */
function deliverAgain({ settings }: Context, late: readonly Named[]): string {
  if (settings.vault.delivery === "pulumi") return `${REFRESH} delivers what Vault has now`;
  const why = [...new Set(late.map(({ namespace }) => namespace))].map(
    (namespace) => `\`kubectl describe vaultstaticsecrets,vaultdynamicsecrets -n ${namespace}\``,
  );
  return `${deleteSecrets(late)} makes the operator deliver at once; ${why.join(", ")} says why it does not`;
}

/** Compares a Secret with Vault. Shows no values. */
async function comparison(
  context: Context,
  facts: VaultSecret,
): Promise<{ problem?: string; fresh?: boolean; seen: string } & Named> {
  const { secretName, namespace, keys } = facts;
  const name = { secretName, namespace };
  const vaultPath = readPath(facts);
  const [secret, found] = await Promise.all([
    secretData(context.kubernetes, secretName, namespace),
    context.vault.read(vaultPath),
  ]);
  const source = valuesIn(facts, found);
  const seen = `${secretName} from ${vaultPath}`;
  if (secret === undefined) return { ...name, problem: `there is no Secret ${secretName}`, seen };
  if (source === undefined) return { ...name, problem: `${vaultPath} cannot be read`, seen };
  const different = Object.entries(keys)
    .filter(([key, there]) => (secret[key] ?? "") !== source[there])
    .map(([key]) => key);
  const { version, created_time: created } = (found?.["metadata"] ?? {}) as {
    version?: number;
    created_time?: string;
  };
  const text = version === undefined ? seen : `${seen} version ${version}`;
  if (different.length === 0) return { ...name, seen: text };
  const changed = created ?? (found?.["last_vault_rotation"] as string | undefined);
  const age = changed === undefined ? Infinity : context.now().getTime() - Date.parse(changed);
  return {
    ...name,
    problem: `${secretName} differs from ${vaultPath} in ${different.join(", ")}`,
    // Without the operator, a value arrives with the next update only.
    fresh:
      context.settings.vault.delivery === "operator" &&
      age < 2 * seconds(context.settings.vault.refreshAfter) * 1000,
    seen: text,
  };
}

/** Secret values, by Secret and key, with the commands that renew each. */
async function secretValues(
  context: Context,
): Promise<{ name: string; value: string; renewed: string }[]> {
  const wanted = [
    ...vaultSecrets(context.settings).map((secret) => ({
      secretName: secret.secretName,
      namespace: secret.namespace,
      // User names are not secret, and are in connection strings.
      keys: Object.keys(secret.keys).filter((key) => key !== "username"),
      renewed: (key: string) => renewal(context.settings, secret, key),
    })),
    ...(context.settings.kind === "plane"
      ? [
          {
            secretName: context.settings.certificate.secretName,
            namespace: context.settings.namespace.name,
            keys: ["tls.key"],
            renewed: () => "`kubectl delete secret CERTIFICATE -n NAMESPACE`",
          },
        ]
      : []),
  ];
  const lists = await Promise.all(
    wanted.map(async ({ secretName, namespace, keys, renewed }) => {
      const secret = await secretData(context.kubernetes, secretName, namespace);
      return keys.map((key) => ({
        name: `${secretName}/${key}`,
        value: secret?.[key]?.trim() ?? "",
        renewed: renewed(key),
      }));
    }),
  );
  return lists.flat().filter(({ value }) => value.length >= SHORTEST);
}

/** Texts that not only the pods can read: ConfigMaps and Helm's records. */
async function plainPlaces({ kubernetes, settings }: Context) {
  const lists = await Promise.all(
    namespacesOf(settings).map((namespace) =>
      Promise.all([
        kubernetes.list<k8s.V1ConfigMap>("v1", "ConfigMap", { namespace }),
        kubernetes.list<k8s.V1Secret>("v1", "Secret", { namespace, labelSelector: "owner=helm" }),
      ]),
    ),
  );
  const configMaps = lists.flatMap(([found]) => found);
  const records = lists.flatMap(([, found]) => found);
  return [
    ...configMaps.map(({ metadata, data, binaryData }) => ({
      place: `ConfigMap ${metadata?.name ?? ""}`,
      look: `\`kubectl edit configmap ${metadata?.name ?? ""} -n ${metadata?.namespace ?? ""}\``,
      text: [...Object.values(data ?? {}), ...Object.values(binaryData ?? {})].join("\n"),
    })),
    ...records.map((record) => ({
      place: `Helm release ${record.metadata?.labels?.["name"] ?? ""}`,
      look: undefined,
      text: revisionText(record.data?.["release"]),
    })),
  ];
}

/** A value as it may be in a text: plain, in JSON or YAML quotes, in base64. */
const forms = (value: string): string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  Buffer.from(value).toString("base64"),
];

export const secretChecks: Check<Context>[] = [
  {
    id: "secrets.synced",
    title: "Secrets match Vault",
    expected: "every Secret has the values that Vault has now",
    remedy:
      "`kubectl delete secret NAME -n NAMESPACE` makes the operator deliver at once; " +
      "`kubectl describe vaultstaticsecrets,vaultdynamicsecrets -n NAMESPACE` says why it does not; with " +
      `vault.delivery: pulumi ${REFRESH} delivers`,
    needs: ["vault.reachable", "vault.keys"],
    applies: (settings) => vaultSecrets(settings).length > 0,
    async run(context) {
      const found = await Promise.all(
        vaultSecrets(context.settings).map((facts) => comparison(context, facts)),
      );
      const late = found.filter(({ problem, fresh }) => problem !== undefined && fresh !== true);
      if (late.length > 0) {
        const gone = await missingOrders(context, late);
        return failed([...late.map(({ problem }) => problem), ...gone].join("; "), {
          remedy:
            gone.length > 0
              ? `${REFRESH} makes what the operator delivers by`
              : deliverAgain(context, late),
        });
      }
      const coming = found.filter(({ problem }) => problem !== undefined);
      return coming.length > 0
        ? warning(`${coming.map(({ problem }) => problem).join("; ")}; changed just now`, {
            remedy: `the operator delivers within vault.refreshAfter, or at once after ${deleteSecrets(coming)}`,
          })
        : ok(found.map(({ seen }) => seen).join("; "));
    },
  },
  {
    id: "secrets.plain",
    title: "No secret in plain text",
    expected: "no value of a Secret of the plane in a ConfigMap or a Helm release",
    remedy:
      "take it out of the settings (a header names a `secret` key) and deploy, or out of somebody's ConfigMap; " +
      "then rotate that value in Vault",
    applies: (settings) => vaultSecrets(settings).length > 0,
    async run(context) {
      const [values, places] = await Promise.all([secretValues(context), plainPlaces(context)]);
      if (values.length === 0) return failed("no Secret of the plane could be read");
      const found = places.flatMap(({ text, ...place }) =>
        values
          .filter(({ value }) => forms(value).some((form) => text.includes(form)))
          .map((value) => ({ ...place, ...value })),
      );
      const edits = [...new Set(found.flatMap(({ look }) => look ?? []))].join(", ");
      const renewals = [...new Set(found.map(({ renewed }) => renewed))].join("; ");
      return verdict(
        [...new Set(found.map(({ name, place }) => `${name} is in ${place}`))],
        `${count(values.length, "value")}, ${count(places.length, "place")}`,
        {
          remedy:
            `take it out of the settings, where a header names a secret's key, and deploy` +
            `${edits && `; where nothing deploys the ConfigMap: ${edits}`}; then give it a new value: ${renewals}`,
        },
      );
    },
  },
];
