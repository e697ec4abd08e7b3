/** Rules of tokens that let AWS identities in (join method `iam` of Teleport 18, lib/join/iam). */

/** One rule: an account, and an identity in it, in which `*` and `?` match. */
export interface IamRule {
  account?: string;
  arn?: string;
}

/** What is wrong with a rule. */
export interface IamRuleFault {
  /** The part of the rule that it is about. */
  part: "account" | "arn";
  /** Completes "<place> …". */
  message: string;
  /** It lets in far more than one role. */
  wide?: boolean;
}

const WIDE = "let in everybody who has any role there";
const FORM = "arn:aws:sts::ACCOUNT:assumed-role/ROLE/*";

const isWildcard = (text: string) => /^[*?]*$/.test(text);

/** What is wrong with a rule; undefined if nothing is. */
export function iamRuleFault({ account = "", arn = "" }: IamRule): IamRuleFault | undefined {
  if (arn === "") {
    if (account === "") return undefined;
    const message = `is all that the rule says, which would ${WIDE}: name the role as ${FORM}.`;
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
  if (account !== "" && /^\d{12}$/.test(owner) && owner !== account) {
    return {
      part: "arn",
      message: `is of account ${owner}, and the rule's account is ${account}: nobody could join; make both say the same.`,
    };
  }
  if (service === "iam" && resource.startsWith("role/")) {
    const role = resource.split("/").pop() ?? "";
    const meant = `arn:${partition}:sts::${owner}:assumed-role/${role}/*`;
    return {
      part: "arn",
      message: `${is}, and AWS calls whoever has a role by its session: nobody could join; write ${meant}.`,
    };
  }
  const name = /^(?:assumed-role|user|federated-user|role)\/([^/]*)/.exec(resource)?.[1] ?? "";
  const matchesAccount = isWildcard(owner) && account === "";
  if (isWildcard(name) || isWildcard(service) || matchesAccount || /[*?]/.test(region)) {
    return wide(`${is}, which would ${WIDE}: name the role as ${FORM}.`);
  }
  return undefined;
}
