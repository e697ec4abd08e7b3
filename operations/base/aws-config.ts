import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import type { PlaneSettings } from "../../settings/schema";

/**
 * How to reach AWS, as the settings say. Where a role is assumed, CloudTrail shows the session as
 * `access-plane-<purpose>`.
 */
export function awsConfig(
  { region, profile, assumeRoleArn, endpoint }: NonNullable<PlaneSettings["aws"]>,
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
