/** Discovery of resources in AWS. Source: `discovery_service.aws` of Teleport's configuration reference. */

/** Types of databases that Teleport discovers. */
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

/** All types that Teleport discovers. */
export const AWS_TYPES = ["ec2", "eks", ...AWS_DATABASES] as const;

/** Selects resources in AWS. */
export interface AwsMatcher {
  types: readonly (typeof AWS_TYPES)[number][];
  regions: string[];
  tags: Record<string, string | string[]>;
  assumeRoleArn?: string;
  externalId?: string;
  /** ec2: provision token for discovered instances. */
  joinToken?: string;
  /** ec2: document of Systems Manager that installs Teleport. */
  documentName: string;
  /** eks: role that gets access entries. */
  setupAccessForArn?: string;
}

/** Whether a matcher selects databases. */
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
