/** Entry of the plugin process. */
import { serve } from "../framework.ts";
import { vaultProvider } from "./provider.ts";

await serve(vaultProvider());
