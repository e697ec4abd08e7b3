import { serve } from "../framework.ts";
import { kubernetesProvider } from "./provider.ts";

await serve(kubernetesProvider());
