/** Entry point of the plugin process. */
import { serve } from "../framework.ts";
import { awsProvider } from "./provider.ts";

await serve(awsProvider());
