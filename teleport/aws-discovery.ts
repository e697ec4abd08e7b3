/** What the discovery service looks for in AWS. */

/** Databases that Teleport finds in AWS. */
export const AWS_DATABASES = [
  "docdb",
  "elasticache",
  "memorydb",
  "opensearch",
  "rds",
  "rdsproxy",
  "redshift",
  "redshift-serverless",
] as const;

/** Everything that Teleport finds in AWS. */
export const AWS_TYPES = ["ec2", "eks", ...AWS_DATABASES] as const;

/** What to look for in AWS, and where. */
export interface AwsMatcher {
  types: readonly (typeof AWS_TYPES)[number][];
  regions: string[];
  tags: Record<string, string | string[]>;
  assumeRoleArn?: string;
  externalId?: string;
  /** ec2: provision token by which found instances join. */
  joinToken?: string;
  /** ec2: document of Systems Manager that installs Teleport. */
  documentName: string;
  /** eks: role for which access entries are made. */
  setupAccessForArn?: string;
}

/** Whether a matcher looks for databases. */
export const findsDatabases = ({ types }: Pick<AwsMatcher, "types">): boolean =>
  types.some((type) => (AWS_DATABASES as readonly string[]).includes(type));

/** One of `discovery_service.aws[]` of teleport.yaml. */
export function awsMatcher(matcher: AwsMatcher) {
  const { types, regions, tags, assumeRoleArn, externalId, setupAccessForArn } = matcher;
  const installs = types.includes("ec2");
  return {
    types,
    regions,
    tags,
    assume_role_arn: assumeRoleArn,
    external_id: externalId,
    setup_access_for_arn: setupAccessForArn,
    install: installs
      ? { join_params: { token_name: matcher.joinToken, method: "iam" } }
      : undefined,
    ssm: installs ? { document_name: matcher.documentName } : undefined,
  };
}
