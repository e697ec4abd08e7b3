import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";

/** An account in AWS, as the settings name it. */
export interface AwsAccount {
  region: string;
  profile?: string;
  assumeRoleArn?: string;
  endpoint?: string;
}

/**
 * How to reach AWS, as the settings say. Where a role is assumed, CloudTrail shows the session as
 * `access-plane-<purpose>`.
 */
export function awsConfig(
  { region, profile, assumeRoleArn, endpoint }: AwsAccount,
  purpose: "adopt" | "recover" | "verify",
) {
  return {
    region,
    profile,
    endpoint,
    ...(assumeRoleArn === undefined
      ? {}
      : {
          credentials: fromTemporaryCredentials({
            params: { RoleArn: assumeRoleArn, RoleSessionName: `access-plane-${purpose}` },
            clientConfig: { region, profile },
          }),
        }),
  };
}
