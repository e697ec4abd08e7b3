import { serve } from "../framework.ts";
import { randomProvider } from "./provider.ts";

await serve(randomProvider());
