import { AccessPlane } from "./components/access-plane";
import { AgentStack } from "./components/agent-stack";
import { providers } from "./components/providers";
import { loadSettings } from "./settings/load";

const settings = loadSettings();
const opts = { providers: providers(settings, {}) };

/** The stack's outputs; what is deployed depends on `access-plane:kind`. */
function deploy(): object {
  switch (settings.kind) {
    case "plane": {
      const plane = new AccessPlane("access-plane", settings, opts);
      const { clusterName, url, nodePort, loadBalancer, secrets, agents, remoteAgents } = plane;
      return { clusterName, url, nodePort, loadBalancer, secrets, agents, remoteAgents };
    }
    case "agent": {
      const { clusterName, agents } = new AgentStack("agents", settings, opts);
      return { clusterName, agents };
    }
  }
}

export = deploy();
