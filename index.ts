import * as pulumi from "@pulumi/pulumi";
import { setImmediate } from "node:timers/promises";
import { AccessPlane } from "./components/stacks/plane";
import { AgentStack } from "./components/stacks/agent";
import { AppStack } from "./components/stacks/apps";
import { EventHandlerStack } from "./components/stacks/event-handler";
import { endWithEngine } from "./components/support/end-with-engine";
import { refuseJoinMethodChange } from "./components/support/join-tokens";
import { statusReader } from "./components/support/operator-verdict";
import { newDeliverer, previousOutputs } from "./components/support/previous-outputs";
import { passwordOf, refuseRotation } from "./components/support/password-rotation";
import { printErrorsPlainly } from "./components/support/plain-errors";
import { providers } from "./components/support/providers";
import { skipSdkDebugging } from "./components/support/sdk-debugging";
import { targetInstances } from "./components/support/target-instances";
import { guardedResources } from "./settings/guard";
import { loadSettings } from "./settings/load";
import { loadClientSoon } from "./teleport/custom-resources";
import { wakeOperator } from "./teleport/wake-operator";

printErrorsPlainly();
skipSdkDebugging();
endWithEngine();

/** The stack's outputs; what is deployed depends on `access-plane:kind`. */
async function deploy(): Promise<object> {
  const settings = loadSettings();
  const { vault } = settings.kind === "plane" ? settings : {};
  const reading = vault && previousOutputs();
  const takingOver = vault && reading?.then((outputs) => newDeliverer(outputs, vault));
  // The engine reads the outputs while the plugins start, if it is asked before them.
  await setImmediate();
  const explicit = providers({ ...settings, takingOver }, {});
  const [previous, takesOver] = [await reading, await takingOver];
  const opts = { providers: explicit };
  const statusOf = statusReader(settings.kubernetes);
  if (!pulumi.runtime.isDryRun() && settings.kind !== "agent") {
    void loadClientSoon();
    // The engine ends the program once all is deleted that was to be.
    const { kubernetes, namespace } = settings;
    const onProblem = (text: string) =>
      void pulumi.log.warn(`the Teleport operator cannot be woken where a deletion waits: ${text}`);
    void wakeOperator({ kubernetes, namespace: namespace.name, onProblem });
  }
  switch (settings.kind) {
    case "plane": {
      refuseJoinMethodChange(settings.remoteAgents, previous?.remoteAgents ?? {});
      refuseRotation(settings.database.credentials, previous?.databasePassword);
      const instances = await targetInstances(settings, explicit);
      const args = {
        ...settings,
        deployedRoles: previous?.roles,
        deployedVersion: previous?.version,
        takesOver,
        statusOf,
        isGuarded: guardedResources(),
        instances,
      };
      const plane = new AccessPlane("access-plane", args, opts);
      const { clusterName, url, nodePort, loadBalancer, secrets, agents } = plane;
      const { remoteAgents, roleVersions, version: running } = plane;
      return {
        ...{ clusterName, url, nodePort, secrets, agents, remoteAgents, roleVersions },
        databasePassword: passwordOf(settings.database.credentials),
        version: running,
        delivery: settings.vault.delivery,
        // An output without a value would be a warning at every update.
        ...(loadBalancer && { loadBalancer }),
        ...(Object.keys(settings.resources.apps).length > 0 && {
          registeredApps: plane.registeredApps,
        }),
      };
    }
    case "agent": {
      const { clusterName, agents } = new AgentStack("agents", settings, opts);
      return { clusterName, agents };
    }
    case "apps": {
      const { clusterName, apps } = new AppStack("apps", { ...settings, statusOf }, opts);
      return { clusterName, apps };
    }
    case "event-handler": {
      const args = { ...settings, statusOf };
      const { clusterName, releaseName } = new EventHandlerStack("event-handler", args, opts);
      return { clusterName, releaseName };
    }
  }
}

export = deploy;
