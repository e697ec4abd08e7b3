import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import type { PlaneSettings } from "../../settings/schema";

/** An account in AWS, from the settings. */
export type AwsAccount = Omit<NonNullable<PlaneSettings["aws"]>, "tags">;

/**
 * Configuration of AWS clients. With `assumeRoleArn`, the session's name in CloudTrail is `access-plane-<purpose>`.
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
