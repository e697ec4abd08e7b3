/** Creates the AWS API clients from the provider's settings, one set per region. */
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EKSClient } from "@aws-sdk/client-eks";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient } from "@aws-sdk/client-iam";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { setting, type Props } from "../framework.ts";
import { type Plain, word } from "../tables/plain.ts";

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export interface Clients {
  ec2: EC2Client;
  elb: ElasticLoadBalancingV2Client;
  scaling: AutoScalingClient;
  route53: Route53Client;
  s3: S3Client;
  iam: IAMClient;
  eks: EKSClient;
  sts: STSClient;
}
export interface IgnoredTags {
  keys: string[];
  prefixes: string[];
}

/** The names of a service in the official provider's `endpoints` setting. */
const ENDPOINT_NAMES: Record<keyof Clients, string[]> = {
  ec2: ["ec2"],
  elb: ["elbv2", "elasticloadbalancingv2"],
  scaling: ["autoscaling"],
  route53: ["route53"],
  s3: ["s3"],
  iam: ["iam"],
  eks: ["eks"],
  sts: ["sts"],
};

export class Aws {
  readonly region: string;
  readonly defaultTags: Record<string, string>;
  readonly ignoredTags: IgnoredTags;
  account = "";
  readonly #make: (region: string) => Clients;
  readonly #made = new Map<string, Clients>();

  constructor(
    region: string,
    tags: { defaults: Record<string, string>; ignored: IgnoredTags },
    make: (region: string) => Clients,
  ) {
    this.region = region;
    this.defaultTags = tags.defaults;
    this.ignoredTags = tags.ignored;
    this.#make = make;
  }

  /** Clients of the resource's region, or else of the provider's region. */
  in(props: Plain = {}): Clients {
    const region = typeof props["region"] === "string" ? props["region"] : this.region;
    const found = this.#made.get(region) ?? this.#make(region);
    this.#made.set(region, found);
    return found;
  }

  regionOf(props: Plain): string {
    return typeof props["region"] === "string" ? props["region"] : this.region;
  }
}

export async function connect(config: Props): Promise<Aws> {
  const text = (key: string, ...variables: string[]): string | undefined => {
    const value = setting(config, key);
    if (value !== undefined) return word(value);
    return variables.map((name) => process.env[name]).find((found) => found);
  };
  const on = (key: string) => setting(config, key) === true;
  const region = text("region", "AWS_REGION", "AWS_DEFAULT_REGION");
  if (!region) {
    throw new Error(
      'missing required configuration key "aws:region": the region where AWS operations take ' +
        "place (for example eu-central-1); set it on the provider, or AWS_REGION",
    );
  }
  const endpoints = endpointsOf(setting(config, "endpoints"));
  const accessKeyId = text("accessKey");
  const profile = text("profile", "AWS_PROFILE");
  const given: Credentials | undefined = accessKeyId
    ? {
        accessKeyId,
        secretAccessKey: text("secretKey") ?? "",
        sessionToken: text("token") as string,
      }
    : undefined;
  let credentials: Credentials | (() => Promise<Credentials>) | undefined = given;
  const base = (service: keyof Clients, at: string) => ({
    region: at,
    ...(endpoints[service] ? { endpoint: endpoints[service] } : {}),
    credentials,
    profile: credentials ? undefined : profile,
    maxAttempts: Number(text("maxRetries", "AWS_MAX_ATTEMPTS") ?? 25),
    useDualstackEndpoint: on("useDualstackEndpoint"),
    useFipsEndpoint: on("useFipsEndpoint"),
  });
  const roles = setting(config, "assumeRoles");
  for (const role of Array.isArray(roles) ? (roles as Plain[]) : []) {
    credentials = assume(new STSClient(base("sts", text("stsRegion") ?? region)), role);
  }
  const make = (at: string): Clients => ({
    ec2: new EC2Client(base("ec2", at)),
    elb: new ElasticLoadBalancingV2Client(base("elb", at)),
    scaling: new AutoScalingClient(base("scaling", at)),
    route53: new Route53Client(base("route53", at)),
    s3: new S3Client({ ...base("s3", at), forcePathStyle: on("s3UsePathStyle") }),
    iam: new IAMClient(base("iam", at)),
    eks: new EKSClient(base("eks", at)),
    sts: new STSClient(base("sts", at)),
  });
  const tags = {
    defaults: stringsOf((setting(config, "defaultTags") as Plain | undefined)?.["tags"]),
    ignored: ignoredOf(setting(config, "ignoreTags") as Plain | undefined),
  };
  const aws = new Aws(region, tags, make);
  if (!on("skipCredentialsValidation") || !on("skipRequestingAccountId")) await identify(aws);
  checkAccount(aws.account, config);
  return aws;
}

async function identify(aws: Aws): Promise<void> {
  try {
    aws.account = (await aws.in().sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
  } catch (error) {
    throw new Error(
      "unable to validate AWS credentials.\n" +
        `Details: retrieving caller identity from STS: ${messageOf(error)}\n` +
        "Make sure you have set your AWS region and credentials: accessKey and secretKey or " +
        "profile of the provider, or the AWS_* environment variables",
      { cause: error },
    );
  }
}

function checkAccount(account: string, config: Props): void {
  const ids = (key: string) => (setting(config, key) ?? []) as string[];
  const allowed = ids("allowedAccountIds");
  if (account && allowed.length > 0 && !allowed.includes(account)) {
    throw new Error(`AWS account ID not allowed: ${account}`);
  }
  if (account && ids("forbiddenAccountIds").includes(account)) {
    throw new Error(`AWS account ID not allowed: ${account}`);
  }
}

function assume(sts: STSClient, role: Plain): () => Promise<Credentials> {
  return async () => {
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: word(role["roleArn"]),
        RoleSessionName: word(role["sessionName"] ?? `pulumi-${process.pid}`),
        ExternalId: role["externalId"] as string | undefined,
        Policy: role["policy"] as string | undefined,
      }),
    );
    const got = answer.Credentials;
    if (!got)
      throw new Error(`cannot assume role ${word(role["roleArn"])}: STS returned no credentials`);
    return {
      accessKeyId: got.AccessKeyId ?? "",
      secretAccessKey: got.SecretAccessKey ?? "",
      sessionToken: got.SessionToken as string,
    };
  };
}

/** Endpoint overrides. A service without one uses AWS_ENDPOINT_URL or AWS's own endpoint. */
function endpointsOf(value: unknown): Partial<Record<keyof Clients, string>> {
  const merged: Record<string, unknown> = Object.fromEntries(
    (Array.isArray(value) ? (value as Plain[]) : []).flatMap((block) => Object.entries(block)),
  );
  const found = Object.entries(ENDPOINT_NAMES).map(([service, names]) => [
    service,
    names.map((name) => merged[name]).find((url) => typeof url === "string" && url !== ""),
  ]);
  return Object.fromEntries(found) as Partial<Record<keyof Clients, string>>;
}

function stringsOf(value: unknown): Record<string, string> {
  return typeof value === "object" && value !== null ? (value as Record<string, string>) : {};
}

function ignoredOf(value: Plain | undefined): IgnoredTags {
  return {
    keys: (value?.["keys"] ?? []) as string[],
    prefixes: (value?.["keyPrefixes"] ?? []) as string[],
  };
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return word(error);
  return error.name && error.name !== "Error" ? `${error.name}: ${error.message}` : error.message;
}
