import { AccessPlane } from "./components/access-plane";
import { AgentStack } from "./components/agent-stack";
import { providers } from "./components/providers";
import { standingRoles } from "./components/standing-roles";
import { loadSettings } from "./settings/load";

/** The stack's outputs; what is deployed depends on `access-plane:kind`. */
async function deploy(): Promise<object> {
  const settings = loadSettings();
  const opts = { providers: providers(settings, {}) };
  switch (settings.kind) {
    case "plane": {
      const args = { ...settings, standingRoles: await standingRoles() };
      const plane = new AccessPlane("access-plane", args, opts);
      const { clusterName, url, nodePort, loadBalancer, secrets, agents } = plane;
      const { remoteAgents, roleVersions } = plane;
      const outputs = { clusterName, url, nodePort, loadBalancer, secrets, agents };
      return { ...outputs, remoteAgents, roleVersions };
    }
    case "agent": {
      const { clusterName, agents } = new AgentStack("agents", settings, opts);
      return { clusterName, agents };
    }
  }
}

export = deploy;
