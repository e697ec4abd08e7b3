import { AccessPlane } from "./components/access-plane";
import { AgentStack } from "./components/agent-stack";
import { AppStack } from "./components/app-stack";
import { EventHandlerStack } from "./components/event-handler-stack";
import { refuseToStrand } from "./components/join-tokens";
import { standing } from "./components/own-outputs";
import { printErrorsPlainly } from "./components/plain-errors";
import { providers } from "./components/providers";
import { loadSettings } from "./settings/load";

printErrorsPlainly();

/** The stack's outputs; what is deployed depends on `access-plane:kind`. */
async function deploy(): Promise<object> {
  const settings = loadSettings();
  const opts = { providers: providers(settings, {}) };
  switch (settings.kind) {
    case "plane": {
      const { roles, remoteAgents: known } = await standing();
      refuseToStrand(settings.remoteAgents, known);
      const args = { ...settings, standingRoles: roles };
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
    case "apps": {
      const { clusterName, apps } = new AppStack("apps", settings, opts);
      return { clusterName, apps };
    }
    case "event-handler": {
      const { clusterName, releaseName } = new EventHandlerStack("event-handler", settings, opts);
      return { clusterName, releaseName };
    }
  }
}

export = deploy;
