import { ROLE_ARN } from "../../../teleport/names";
import {
  partitionOf,
  recorderSubject,
  S3_ACTIONS,
  type S3Address,
  s3Address,
  s3Arns,
} from "../../../teleport/recordings";
import type { PlaneSettings } from "../../../settings/schema";
import { failed, ok, skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
import { Forbidden } from "../../clients/errors";
import type { Bucket } from "../../clients/recordings";
import type { PlaneContext } from "../context";
import { authPods, awsIdentity } from "../plane";
import { REFRESH, setSetting, shellWord, UP } from "../remedy";

/** True if the bucket's account is in the settings. */
const inAws = ({ aws, teleport }: PlaneSettings): boolean =>
  aws !== undefined && s3Address(teleport.sessionRecordings) !== undefined;

/** Role of the auth pods in the settings, from `recordings` or from an annotation. */
function roleOf({ teleport: { recordings, auth } }: PlaneSettings): string | undefined {
  return recordings.roleArn ?? auth.serviceAccountAnnotations[ROLE_ARN];
}

function asked({ recordings, settings }: PlaneContext) {
  const address = s3Address(settings.teleport.sessionRecordings);
  if (recordings === undefined || address === undefined) {
    throw new Error("the settings have no bucket in AWS");
  }
  return { aws: recordings, address };
}

/** Runs a check that needs rights in AWS. Missing rights never block a deployment. */
async function unlessForbidden(
  look: () => Promise<CheckOutcome>,
  otherwise: (why: string) => CheckOutcome,
): Promise<CheckOutcome> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    return otherwise(`AWS does not tell: ${error.message}`);
  }
}

/** Actions on the bucket that a role may not do. `known` is false if AWS does not report them. */
async function deniedTo(role: string, { aws, address }: ReturnType<typeof asked>) {
  const { bucket, objects } = s3Arns(address, partitionOf(role));
  try {
    const denied = await Promise.all([
      aws.denied(role, S3_ACTIONS.bucket, bucket),
      aws.denied(role, S3_ACTIONS.objects, objects),
    ]);
    return { known: true, denied: denied.flat() };
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    return { known: false, denied: [] };
  }
}

const mayNotLook = (why: string): CheckOutcome =>
  warning(why, {
    remedy:
      "`aws sts get-caller-identity` says who asks: grant it the actions that docs/verify.md lists for recordings",
  });

const CLOSED =
  "--public-access-block-configuration " +
  "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
const ENCRYPT =
  "--server-side-encryption-configuration " +
  `'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'`;
const KEEP_VERSIONS = "--versioning-configuration Status=Enabled";

/** Command of AWS's command line for a bucket. */
const s3api = (command: string, bucket: string, ...rest: string[]) =>
  `\`${["aws s3api", command, "--bucket", bucket, ...rest].join(" ")}\``;

/** Commands that make a bucket. */
function makeBucket({ settings }: PlaneContext, { bucket, region }: S3Address): string {
  const where = region ?? settings.aws?.region ?? "";
  // S3 refuses this one as a constraint.
  const constraint =
    where === "us-east-1" ? [] : [`--create-bucket-configuration LocationConstraint=${where}`];
  return [
    s3api("create-bucket", bucket, `--region ${where}`, ...constraint),
    s3api("put-bucket-versioning", bucket, KEEP_VERSIONS),
    s3api("put-bucket-encryption", bucket, ENCRYPT),
    s3api("put-public-access-block", bucket, CLOSED),
  ].join(", ");
}

/** Problems of the bucket, with remedies. */
function bucketFaults(
  bucket: Bucket,
  { bucket: name, region }: S3Address,
  url: string,
): { seen: string; remedy: string; isSetting?: boolean }[] {
  const faults = [
    {
      isSetting: true, // A bucket stays in its region.
      wrong: region !== undefined && bucket.region !== "" && bucket.region !== region,
      seen: `it is in ${bucket.region}, and sessionRecordings says ${region ?? ""}`,
      remedy: `${setSetting("teleport.sessionRecordings", url.replace(`region=${region ?? ""}`, `region=${bucket.region}`))}, then ${UP}`,
    },
    {
      wrong: !bucket.versioned,
      seen: "it keeps no versions, and Teleport uses only buckets that do",
      remedy: s3api("put-bucket-versioning", name, KEEP_VERSIONS),
    },
    {
      wrong: bucket.encryption === undefined,
      seen: "it has no default encryption",
      remedy: s3api("put-bucket-encryption", name, ENCRYPT),
    },
    {
      wrong: bucket.isPublic,
      seen: "its policy is public: anybody may use it",
      remedy: s3api("delete-bucket-policy", name),
    },
  ];
  return faults.filter(({ wrong }) => wrong);
}

const LIST_ROLES =
  "`aws iam list-roles --query 'Roles[].Arn'` lists the roles: correct teleport.recordings.roleArn, or make the role " +
  "as docs/first-deployment.md does";

/** Command that lets a role's trust policy admit one more service account. */
function trustSubject(role: string, trust: string, subject: string): string {
  const name = role.split("/").at(-1) ?? "";
  const policy = JSON.parse(trust) as TrustPolicy;
  const condition = [policy.Statement ?? []]
    .flat()
    .flatMap(({ Condition }) => Object.values(Condition ?? {}))
    .flatMap((keys) => Object.keys(keys).map((key) => ({ keys, key })))
    .find(({ key }) => key.endsWith(":sub"));
  if (condition === undefined) {
    return `\`aws iam get-role --role-name ${name}\` shows its trust: EKS's identity provider must be in it, or correct teleport.recordings.roleArn`;
  }
  const { keys, key } = condition;
  keys[key] = [keys[key] ?? [], subject].flat();
  return (
    `\`aws iam update-assume-role-policy --role-name ${name} --policy-document ${shellWord(JSON.stringify(policy))}\`; ` +
    "or correct teleport.recordings.roleArn"
  );
}

/** Command that gives a role its rights on the bucket. */
const allowBucket = (role: string, bucket: string) =>
  `\`aws iam put-role-policy --role-name ${role.split("/").at(-1) ?? ""} --policy-name recordings ` +
  `--policy-document "$(RECORDINGS_BUCKET=${bucket} envsubst < deploy/first-deployment/recordings.json)"\`; or ` +
  "correct teleport.recordings.roleArn";

/** False if the program would make a bucket that exists, such as the one that stayed after a `destroy`. */
async function isOwn({ stack }: PlaneContext, bucket: string): Promise<boolean> {
  if (stack === undefined) return true;
  const resources = (await stack.resources()) ?? [];
  return resources.some(({ type, id }) => type === "aws:s3/bucket:Bucket" && id === bucket);
}

export const recordingChecks: Check[] = [
  {
    id: "recordings.bucket",
    title: "Bucket of session recordings",
    before: true,
    expected: "it exists in its region, keeps versions, encrypts, and is not public",
    remedy:
      "correct teleport.sessionRecordings, or the bucket: docs/first-deployment.md has the commands",
    applies: inAws,
    run: (context) =>
      unlessForbidden(async () => {
        const { aws, address } = asked(context);
        const bucket = await aws.bucket(address.bucket);
        const made = context.settings.teleport.recordings.bucket !== undefined;
        if (bucket === undefined) {
          return made
            ? ok(`${address.bucket} is made by the program`)
            : failed(`no bucket ${address.bucket}`, { remedy: makeBucket(context, address) });
        }
        if (made && !(await isOwn(context, address.bucket))) {
          return failed(`${address.bucket} exists, and this stack has not made it`, {
            remedy:
              "to use it, remove teleport.recordings.bucket and set podIdentity or roleArn (docs/aws.md); " +
              `if it is empty, \`aws s3api delete-bucket --bucket ${address.bucket}\` makes room for a new one`,
          });
        }
        const faults = bucketFaults(
          bucket,
          address,
          context.settings.teleport.sessionRecordings ?? "",
        );
        if (faults.length > 0) {
          const seen = `${address.bucket}: ${faults.map((fault) => fault.seen).join("; ")}`;
          // What the update itself puts right must not keep it from running.
          const repaired = made && faults.every(({ isSetting }) => isSetting !== true);
          if (repaired && context.preflight === true) {
            return warning(`${seen}; an update with --refresh puts it right`, { remedy: REFRESH });
          }
          const remedies = faults.map(({ remedy, isSetting }) =>
            made && isSetting !== true ? REFRESH : remedy,
          );
          const remedy = [...new Set(remedies)].join("; ");
          return failed(seen, { remedy });
        }
        if (!bucket.closed) {
          return warning(`${address.bucket} itself does not block public access`, {
            remedy: made ? REFRESH : s3api("put-public-access-block", address.bucket, CLOSED),
          });
        }
        return ok(`${address.bucket} in ${bucket.region}, ${bucket.encryption ?? ""}`);
      }, mayNotLook),
  },
  {
    id: "recordings.role",
    title: "Role of the auth pods",
    before: true,
    expected: "it exists, EKS may give it to the auth pods, and it may use the bucket",
    remedy:
      "correct teleport.recordings.roleArn, or the role's trust and rights: docs/first-deployment.md has both",
    applies: (settings) => inAws(settings) && roleOf(settings) !== undefined,
    run: (context) =>
      unlessForbidden(async () => {
        const { aws, address } = asked(context);
        const role = roleOf(context.settings) ?? "";
        const trust = await aws.trust(role);
        if (trust === undefined) return failed(`no role ${role}`, { remedy: LIST_ROLES });
        const subject = recorderSubject(context.settings.namespace.name);
        if (!admits(trust, subject)) {
          const remedy = trustSubject(role, trust, subject);
          return failed(`${role} does not trust ${subject}`, { remedy });
        }
        const { known, denied } = await deniedTo(role, { aws, address });
        return verdict(
          denied.map(({ action, resource }) => `${role} may not ${action} on ${resource}`),
          known ? role : `${role}; AWS does not tell what it may do`,
          { remedy: allowBucket(role, address.bucket) },
        );
      }, skipped),
  },
  {
    id: "recordings.identity",
    title: "Auth pods in AWS",
    expected: "EKS has given the pods of the auth service their role",
    remedy:
      "IRSA: `kubectl describe serviceaccount teleport -n NAMESPACE` shows the role's annotation, which EKS's webhook " +
      "reads when a pod starts; Pod Identity: the association and the EKS Pod Identity Agent; then " +
      "`kubectl rollout restart deployment/teleport-auth -n NAMESPACE`",
    needs: ["kubernetes.reachable"],
    applies: (settings) =>
      s3Address(settings.teleport.sessionRecordings) !== undefined &&
      (roleOf(settings) !== undefined ||
        settings.teleport.recordings.podIdentity ||
        settings.teleport.recordings.bucket !== undefined),
    needsPods: true,
    async run({ kubernetes, settings }) {
      const role = roleOf(settings);
      const { podIdentity, bucket } = settings.teleport.recordings;
      const byPodIdentity = podIdentity || bucket?.eksCluster !== undefined;
      const pods = await authPods(kubernetes, settings.namespace.name);
      const faults = pods.flatMap((pod) => {
        const name = pod.metadata?.name ?? "";
        const given = awsIdentity(pod);
        if (byPodIdentity) {
          return given.podIdentity ? [] : [`${name} has no credentials of Pod Identity`];
        }
        if (given.role === undefined) return [`${name} has no role`];
        return role === undefined || given.role === role ? [] : [`${name} has ${given.role}`];
      });
      if (pods.length === 0) return failed("no pod of the auth service");
      return verdict(faults, `${pods.length} pods`);
    },
  },
];

/** True if a trust policy allows a service account or EKS Pod Identity. */
function admits(trust: string, subject: string): boolean {
  const { Statement = [] } = JSON.parse(trust) as TrustPolicy;
  return [Statement].flat().some((statement) => {
    if (statement.Effect !== "Allow") return false;
    if (statement.Principal?.Federated === undefined) return false;
    return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys)
        .filter(([key]) => key.endsWith(":sub"))
        .every(([, wanted]) => [wanted].flat().some((one) => matches(operator, one, subject))),
    );
  });
}

interface TrustPolicy {
  Statement?: Statement | Statement[];
}

interface Statement {
  Effect?: string;
  Principal?: { Federated?: unknown };
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** IAM's StringLike, where `?` is any character. Teleport's patterns do not have that. */
function matches(operator: string, pattern: string, subject: string): boolean {
  if (!operator.startsWith("StringLike")) return pattern === subject;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`).test(subject);
}
