/** Stand-in for the Vault provider plugin: the resource types the access plane uses. */
import type { Provider } from "../framework.ts";
import { tableProvider } from "../tables/provider.ts";

export const VERSION = "7.8.0";

export const vaultProvider = (): Provider =>
  tableProvider({
    name: "vault",
    version: VERSION,
    secretSettings: ["token"],
    parts: () => import("./parts.ts"),
  });
