import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { statusReader } from "../../../components/support/operator-verdict";
import { previousOutputs } from "../../../components/support/previous-outputs";
import { printErrorsPlainly } from "../../../components/support/plain-errors";
import { providers } from "../../../components/support/providers";
import { TeleportCluster } from "../../../components/teleport-cluster";
import { TeleportResources } from "../../../components/teleport-resources";
import { readConfig } from "../../../settings/load";
import { planeSchema } from "../../../settings/kinds/plane";

printErrorsPlainly();

/** The part of the plane that Teleport resources need. Does not apply the settings rules. */
export = async () => {
  const settings = planeSchema.parse(readConfig(pulumi.runtime.allConfig()).raw);
  const { roles: deployedRoles } = await previousOutputs();
  const [kubernetes] = providers(settings, {});
  const provider = { ...(kubernetes && { provider: kubernetes }) };
  const namespace = new k8s.core.v1.Namespace(
    "namespace",
    { metadata: { name: settings.namespace.name } },
    provider,
  );
  const cluster = new TeleportCluster(
    "teleport",
    {
      ...settings.teleport,
      images: settings.images,
      namespace: settings.namespace.name,
      chart: { ...settings.chart, path: "../../../sandbox/charts" },
      clusterName: settings.clusterName,
      database: settings.database,
      // The sandbox's pods run nothing. This input only orders the release after the namespace.
      databaseSecretName: namespace.metadata.name,
      googleSecrets: {},
      tlsSecretName: "teleport-tls",
      protect: false,
      rollBack: true,
    },
    { providers: kubernetes ? [kubernetes] : [] },
  );
  const { roleVersions } = new TeleportResources(
    "teleport-resources",
    {
      operator: {
        namespace: cluster.operatorNamespace,
        statusOf: statusReader(settings.kubernetes),
      },
      resources: settings.resources,
      deployedRoles,
      // Shortens the tests that wait in vain.
      timeoutSeconds: 20,
    },
    { providers: kubernetes ? [kubernetes] : [] },
  );
  return { roleVersions };
};
