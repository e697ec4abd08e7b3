import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";

/** An account in AWS, from the settings. */
export interface AwsAccount {
  region: string;
  profile?: string;
  assumeRoleArn?: string;
  endpoint?: string;
}

/**
 * Configuration of AWS clients. With `assumeRoleArn`, the session's name in CloudTrail is `access- plane-<purpose>`.
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
