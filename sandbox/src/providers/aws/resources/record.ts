/** DNS records of Route 53. */
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ChangeAction,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import type { CheckFailure } from "../../framework.ts";
import type { Context, Resource } from "../../tables/definition.ts";
import {
  anyCase,
  block,
  computed,
  flag,
  kept,
  list,
  number,
  output,
  replace,
  required,
  set,
  text,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, known, num, orGone, str, waitFor } from "../common.ts";
import type { Aws } from "../connect.ts";
import { fromRouting, UNSUPPORTED, routingFields, toRouting } from "./record-routing.ts";
import { cleanZone, expand, recordId, parseId, sameName, tidy } from "./record-names.ts";

async function zoneName(aws: Aws, zoneId: string): Promise<string> {
  const answer = await doing(`reading Route 53 Hosted Zone (${zoneId})`, () =>
    aws.in().route53.send(new GetHostedZoneCommand({ Id: zoneId })),
  );
  return tidy(answer.HostedZone?.Name ?? "");
}

/** The API's record set of a record. */
function toSet(props: Plain, fqdn: string): ResourceRecordSet {
  const alias = ((props["aliases"] ?? []) as Plain[])[0];
  const records = (props["records"] ?? []) as string[];
  const quoted = ["TXT", "SPF"].includes(word(props["type"]));
  return {
    Name: fqdn,
    Type: str(props["type"]) as "A",
    SetIdentifier: str(props["setIdentifier"]),
    HealthCheckId: str(props["healthCheckId"]),
    ...toRouting(props),
    ...(alias
      ? {
          AliasTarget: {
            DNSName: word(alias["name"]),
            HostedZoneId: word(alias["zoneId"]),
            EvaluateTargetHealth: alias["evaluateTargetHealth"] === true,
          },
        }
      : {
          TTL: num(props["ttl"]),
          ResourceRecords: records.map((value) => ({ Value: quoted ? quote(value) : value })),
        }),
  };
}

/** The API expects text values in quotes. A program may write `\"\"` to split a long value. */
const quote = (value: string) => `"${value}"`;
const unquote = (value: string) => value.replace(/^"|"$/g, "");

type Step = { Action: ChangeAction; ResourceRecordSet: ResourceRecordSet };

async function apply(context: Context<Aws>, zoneId: string, steps: Step[]): Promise<void> {
  const { route53 } = context.client.in();
  const answer = await route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes: steps } }),
  );
  const Id = cleanZone(answer.ChangeInfo?.Id ?? "");
  if (!Id || answer.ChangeInfo?.Status === "INSYNC") return;
  await waitFor(context, `waiting for Route 53 change ${Id} to synchronise`, async () => {
    const status = (await route53.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;
    return status === "INSYNC" ? true : undefined;
  });
}

async function find(aws: Aws, props: Plain, fqdn: string): Promise<ResourceRecordSet | undefined> {
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: cleanZone(word(props["zoneId"])),
    StartRecordName: fqdn,
    StartRecordType: str(props["type"]) as "A",
    StartRecordIdentifier: str(props["setIdentifier"]),
  });
  const answer = await orGone(["NoSuchHostedZone"], () => aws.in().route53.send(command));
  return answer?.ResourceRecordSets?.find(
    (found) =>
      sameName(found.Name ?? "", fqdn) &&
      found.Type === props["type"] &&
      (found.SetIdentifier ?? undefined) === (props["setIdentifier"] ?? undefined),
  );
}

export const record: Resource<Aws> = {
  token: "aws:route53/record:Record",
  fields: {
    zoneId: text({ ...required, ...replace, same: (a, b) => cleanZone(a) === cleanZone(b) }),
    name: text({ ...required, ...replace, same: (a, b) => tidy(a) === tidy(b) }),
    type: text(required),
    ttl: number(),
    records: set(text()),
    aliases: list(
      block({
        name: text({ ...required, same: sameTarget }),
        zoneId: text({ ...required, same: anyCase }),
        evaluateTargetHealth: flag(required),
      }),
    ),
    allowOverwrite: flag({ ...computed, ...kept }),
    healthCheckId: text(),
    multivalueAnswerRoutingPolicy: flag(),
    setIdentifier: text(),
    ...routingFields,
    fqdn: text(output),
  },
  validate: rules,
  async create(context, inputs) {
    const zone = cleanZone(inputs["zoneId"]);
    const fqdn = expand(word(inputs["name"]), await zoneName(context.client, zone));
    const Action = inputs["allowOverwrite"] ? "UPSERT" : "CREATE";
    await doing(`creating Route 53 Record (${word(inputs["name"])} ${word(inputs["type"])})`, () =>
      apply(context, zone, [{ Action, ResourceRecordSet: toSet(inputs, fqdn) }]),
    );
    return recordId(inputs);
  },
  async read({ client: aws }, id, state) {
    const props = state["zoneId"] === undefined ? parseId(id) : state;
    const zone = cleanZone(props["zoneId"]);
    const domain = await orGone(["NoSuchHostedZone"], () => zoneName(aws, zone));
    if (domain === undefined) return undefined;
    const fqdn = expand(word(props["name"]), domain);
    const found = await find(aws, props, fqdn);
    if (!found) return undefined;
    const target = found.AliasTarget;
    const quoted = ["TXT", "SPF"].includes(word(props["type"]));
    const values = (found.ResourceRecords ?? []).map(({ Value = "" }) => Value);
    return known({
      zoneId: zone,
      name: state["name"] ?? tidy(found.Name ?? ""),
      type: found.Type,
      ttl: target ? undefined : found.TTL,
      records: target ? undefined : values.map((value) => (quoted ? unquote(value) : value)),
      aliases: target && [
        {
          name: tidy(target.DNSName ?? ""),
          zoneId: target.HostedZoneId ?? "",
          evaluateTargetHealth: target.EvaluateTargetHealth ?? false,
        },
      ],
      healthCheckId: found.HealthCheckId,
      setIdentifier: found.SetIdentifier,
      ...fromRouting(found),
      fqdn,
    });
  },
  replaces: (news, olds) =>
    news["setIdentifier"] === olds["setIdentifier"] ? [] : ["setIdentifier"],
  async update(context, { id, olds, news, changed }) {
    const zone = cleanZone(news["zoneId"]);
    const fqdn = expand(word(news["name"]), await zoneName(context.client, zone));
    const steps: Step[] = [{ Action: "UPSERT", ResourceRecordSet: toSet(news, fqdn) }];
    // A name cannot have aliases of two types, so the same batch deletes the old record.
    const old = changed.has("type") ? await find(context.client, olds, fqdn) : undefined;
    if (old) steps.unshift({ Action: "DELETE", ResourceRecordSet: old });
    await doing(`updating Route 53 Record (${id})`, () => apply(context, zone, steps));
  },
  async delete(context, id, state) {
    const props = state["zoneId"] === undefined ? parseId(id) : state;
    const zone = cleanZone(props["zoneId"]);
    const domain = await orGone(["NoSuchHostedZone"], () => zoneName(context.client, zone));
    if (domain === undefined) return;
    const found = await find(context.client, props, expand(word(props["name"]), domain));
    if (!found) return;
    await doing(`deleting Route 53 Record (${id})`, () =>
      apply(context, zone, [{ Action: "DELETE", ResourceRecordSet: found }]),
    );
  },
};

/** The API may add `dualstack.`, and drops the trailing dot and capitals. */
function sameTarget(old: unknown, now: unknown): boolean {
  const bare = (value: unknown) => tidy(value).replace(/^dualstack\./, "");
  return bare(old) === bare(now);
}

function rules(inputs: Plain): CheckFailure[] {
  const has = (name: string) => inputs[name] !== undefined;
  const failures: CheckFailure[] = UNSUPPORTED.filter(has).map((property) => ({
    property,
    reason: "the offline stand-in does not support this routing policy",
  }));
  if (has("aliases") === has("records")) {
    const reason = "Invalid combination of arguments. One of aliases, records must be given";
    failures.push({ property: "aliases", reason });
  } else if (has("aliases") && has("ttl")) {
    failures.push({ property: "ttl", reason: "Conflicts with aliases" });
  } else if (has("records") && !has("ttl")) {
    failures.push({ property: "ttl", reason: "Required with records" });
  }
  return failures;
}
