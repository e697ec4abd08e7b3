/** Configuration of an AWS client with the address and credentials of an environment. */
export const awsConfig = (env: NodeJS.ProcessEnv) => ({
  endpoint: env["AWS_ENDPOINT_URL"] ?? "",
  region: env["AWS_REGION"] ?? "",
  credentials: {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
  },
});
