import { AccessPlane } from "./components/access-plane";
import { providers } from "./components/providers";
import { loadSettings } from "./settings/load";

const settings = loadSettings();
const plane = new AccessPlane("access-plane", settings, { providers: providers(settings, {}) });

export const { clusterName, url, nodePort, loadBalancer, secrets, agents } = plane;
