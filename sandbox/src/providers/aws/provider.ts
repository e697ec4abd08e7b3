/** Stand-in for the AWS provider plugin with the resource types that the access plane uses. */
import type { Provider } from "../framework.ts";
import { tableProvider } from "../tables/provider.ts";

export const VERSION = "7.48.0";

export const awsProvider = (): Provider =>
  tableProvider({
    name: "aws",
    version: VERSION,
    secretSettings: ["accessKey", "secretKey", "token"],
    parts: () => import("./parts.ts"),
  });
