/** Rules of tokens for AWS identities. Source: join method `iam`, lib/join/iam of Teleport 18. */

/** One rule: an account and the ARN of an identity in it. `*` and `?` are wildcards. */
export interface IamRule {
  account?: string;
  arn?: string;
}

/** What is wrong with a rule. */
export interface IamRuleFault {
  /** The faulty part of the rule. */
  part: "account" | "arn";
  /** Completes "<place> …". */
  message: string;
  /** The rule admits far more than one role. */
  wide?: boolean;
}

const WIDE = "admit everybody who has any role there";
const FORM = "arn:aws:sts::ACCOUNT:assumed-role/ROLE/*";

const isWildcard = (text: string) => /^[*?]*$/.test(text);

/** What is wrong with a rule. Undefined if nothing is. */
export function iamRuleFault({ account = "", arn = "" }: IamRule): IamRuleFault | undefined {
  if (arn === "") {
    if (account === "") return undefined;
    const message = `is the rule's only condition, which would ${WIDE}: name the role as ${FORM}.`;
    return { part: "account", message, wide: true };
  }
  const is = `is ${JSON.stringify(arn)}`;
  const [prefix, partition = "", service = "", region = "", owner = "", ...rest] = arn.split(":");
  const resource = rest.join(":");
  const wide = (message: string): IamRuleFault => ({ part: "arn", message, wide: true });
  if (prefix !== "arn" || rest.length === 0) {
    return isWildcard(arn)
      ? wide(`${is}, which would ${WIDE}: name the role as ${FORM}.`)
      : { part: "arn", message: `${is}, must be an ARN such as ${FORM}.` };
  }
  if (!/^aws(-[a-z-]+)?$/.test(partition) && !/[*?]/.test(partition)) {
    return { part: "arn", message: `${is}, must be an ARN such as ${FORM}.` };
  }
  if (account !== "" && /^\d{12}$/.test(owner) && owner !== account) {
    return {
      part: "arn",
      message: `is in account ${owner}, but the rule's account is ${account}, so nobody could join: use the same account in both.`,
    };
  }
  if (service === "iam" && resource.startsWith("role/")) {
    const role = resource.split("/").pop() ?? "";
    const meant = `arn:${partition}:sts::${owner}:assumed-role/${role}/*`;
    return {
      part: "arn",
      message: `${is}, but AWS reports the ARN of the role's session, so nobody could join: write ${meant}.`,
    };
  }
  const name = /^(?:assumed-role|user|federated-user|role)\/([^/]*)/.exec(resource)?.[1] ?? "";
  const matchesAccount = isWildcard(owner) && account === "";
  if (isWildcard(name) || isWildcard(service) || matchesAccount || /[*?]/.test(region)) {
    return wide(`${is}, which would ${WIDE}: name the role as ${FORM}.`);
  }
  return undefined;
}
