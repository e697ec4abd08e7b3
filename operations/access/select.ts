import { didYouMean } from "../../teleport/did-you-mean";
import {
  parseRequest,
  refText,
  rulesFor,
  type AccessModel,
  type Grant,
  type KubernetesRequest,
} from "../../teleport/access";
import { CommandError } from "../base/exit-codes";

interface Named {
  kind: string;
  name: string;
}

/** Entries of a list that a text selects: by `kind/name`, a name, or a kind. */
const meant = <T extends Named>(wanted: string, all: readonly T[]): T[] =>
  all.filter(
    (candidate) =>
      refText(candidate) === wanted || candidate.name === wanted || candidate.kind === wanted,
  );

/** What the other flag of the command would select. */
interface OtherFlag {
  flag: string;
  all: readonly Named[];
}

/** Entries that a text selects. Throws CommandError if there are none, and names the flag that would find some. */
function pick<T extends Named>(
  wanted: string,
  all: readonly T[],
  nobody: string,
  other: OtherFlag,
): T[] {
  const found = meant(wanted, all);
  if (found.length > 0) return found;
  const [elsewhere] = meant(wanted, other.all);
  if (elsewhere !== undefined) {
    throw new CommandError("USAGE", `${nobody} "${wanted}": write ${other.flag} ${wanted}`);
  }
  const refs = [...new Set(all.map(refText))];
  const close = didYouMean(wanted, [...refs, ...all.map(({ name }) => name)]);
  const fail = (hint: string) => new CommandError("USAGE", `${nobody} "${wanted}": ${hint}`);
  if (close !== undefined) {
    const ref = refs.find((one) => one === close || one.endsWith(`/${close}`)) ?? close;
    throw fail(`did you mean ${ref}?`);
  }
  if (refs.length === 0) throw fail("the settings declare none");
  throw fail(`there are ${refs.slice(0, 20).join(", ")}${refs.length > 20 ? ", …" : ""}`);
}

function readRequest(text: string): KubernetesRequest {
  const request = parseRequest(text);
  if (request !== undefined) return request;
  throw new CommandError(
    "USAGE",
    `cannot read "${text}": write VERB KIND[.GROUP][/NAME] [-n NAMESPACE], such as ` +
      '"delete pods/web -n shop" or "list deployments"',
  );
}

/** The part of a grant that allows a request. Undefined if there is none. */
function letThrough(grant: Grant, request: KubernetesRequest): Grant | undefined {
  if (grant.kubernetes === undefined) return undefined;
  const rules = rulesFor(grant.kubernetes, request);
  if (rules.length === 0) return undefined;
  const comesAs = new Set(rules.flatMap(({ groups }) => groups));
  const bindings = grant.kubernetes.bindings.filter(({ group }) => comesAs.has(group));
  return {
    ...grant,
    roles: rules.map(({ role }) => role),
    kubernetes: { ...grant.kubernetes, rules, bindings },
  };
}

/** The part of a model about some principals or resources. */
export function selectAccess(
  model: AccessModel,
  { who, what, can }: { who?: string; what?: string; can?: string },
): AccessModel {
  const request = can === undefined ? undefined : readRequest(can);
  if (request !== undefined && !model.resources.some(({ kind }) => kind === "kubernetes")) {
    throw new CommandError(
      "USAGE",
      "the settings declare no Kubernetes cluster, so nobody can do anything in one through this stack: " +
        "an agent serves one with `kubernetes.clusterName` (docs/access.md)",
    );
  }
  const principals =
    who === undefined
      ? model.principals
      : pick(who, model.principals, "the settings know no", {
          flag: "--what",
          all: model.resources,
        });
  const resources =
    what === undefined
      ? model.resources
      : pick(what, model.resources, "no agent serves", { flag: "--who", all: model.principals });
  const refs = new Set(resources.map(refText));
  const reaching = principals
    .map((principal) => ({
      ...principal,
      grants: principal.grants
        .filter(({ resource }) => refs.has(refText(resource)))
        .flatMap((grant) => (request === undefined ? grant : (letThrough(grant, request) ?? []))),
    }))
    .filter(({ grants }) => (what ?? can) === undefined || grants.length > 0);
  const roles = new Set(principals.flatMap((one) => [...one.roles, ...one.requestable]));
  const about = (ref: string) => {
    if (who === undefined) return what === undefined || refs.has(ref);
    if (principals.some((one) => refText(one) === ref)) return true;
    return what === undefined && roles.has(ref.replace(/^role\//, ""));
  };
  return {
    ...model,
    principals: reaching,
    resources: resources.filter(({ kind }) => request === undefined || kind === "kubernetes"),
    findings: request === undefined ? model.findings.filter(({ about: ref }) => about(ref)) : [],
  };
}
