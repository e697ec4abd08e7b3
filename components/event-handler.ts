import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../settings/schema";
import { eventHandlerToken, eventHandlerRole, eventHandlerValues } from "../teleport/event-handler";
import { releaseArgs } from "./support/chart-source";
import type { StatusReader } from "./support/operator-verdict";
import { currentCondition, waitFor } from "./support/wait-for";
import { TeleportResource } from "./teleport-resource";

type EventHandlerSettings = SettingsOf<"event-handler">;

/** Arguments of {@link EventHandler}: section `eventHandler` of the settings, and what is known besides. */
export interface EventHandlerArgs
  extends
    Omit<EventHandlerSettings["eventHandler"], "address">,
    Pick<EventHandlerSettings, "chart" | "images"> {
  clusterName: pulumi.Input<string>;
  /** `HOST:PORT` of the proxy, or of the auth server inside Kubernetes. */
  address: pulumi.Input<string>;
  /** Namespace of the plane. It exists already, and this component does not own it. */
  namespace: string;
  /** Reads the verdicts of the plane's operator. */
  statusOf: StatusReader;
}

/**
 * Sends the plane's audit events to a collector. Consists of a role, a bot, a token, a certificate and a
 * Helm release. Uses the plane's namespace and operator and owns neither.
 */
export class EventHandler extends pulumi.ComponentResource {
  /** Name of the release, known once its pods are ready. */
  public readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: EventHandlerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { statusOf, ...settings } = args;
    super("access-plane:components:EventHandler", name, settings, opts);
    const parent = { parent: this };
    const { namespace, releaseName } = settings;

    const operator = { namespace, statusOf };
    const named = { operator, resourceName: releaseName };
    const role = new TeleportResource(
      `${name}-role`,
      { ...named, kind: "TeleportRoleV8", spec: eventHandlerRole() },
      parent,
    );
    // Each takes its name from the one before, which orders creation and deletion.
    const bot = new TeleportResource(
      `${name}-bot`,
      { ...named, kind: "TeleportBotV1", spec: { roles: [role.resourceName] } },
      parent,
    );
    const own = eventHandlerToken(namespace, releaseName, settings.join);
    const token = new TeleportResource(
      `${name}-token`,
      {
        operator,
        resourceName: own.name,
        kind: "TeleportProvisionToken",
        spec: { ...own.spec, bot_name: bot.resourceName },
      },
      parent,
    );
    const certificate = this.clientCertificate(name, settings);

    const { chart, timeoutSeconds, ...values } = settings;
    const release = new Release(
      name,
      {
        name: releaseName,
        namespace,
        ...releaseArgs("teleport-plugin-event-handler", chart, { timeoutSeconds }),
        values: pulumi
          .all([
            token.resourceName,
            certificate.metadata.name,
            settings.clusterName,
            settings.address,
          ])
          .apply(([tokenName, certificateSecretName, clusterName, address]) =>
            eventHandlerValues({
              ...values,
              version: chart.version,
              tokenName,
              certificateSecretName,
              clusterName,
              address,
            }),
          ),
      },
      parent,
    );

    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }

  /** Client certificate for the collector, ready when it is issued. */
  private clientCertificate(name: string, args: Omit<EventHandlerArgs, "statusOf">) {
    const secretName = `${args.releaseName}-tls`;
    return new CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: secretName,
          namespace: args.namespace,
          annotations: waitFor(currentCondition("Ready"), 300),
        },
        spec: {
          secretName,
          commonName: args.releaseName,
          dnsNames: [args.releaseName],
          issuerRef: args.certificate.issuer,
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          duration: args.certificate.duration,
          renewBefore: args.certificate.renewBefore,
          usages: ["digital signature", "key encipherment", "client auth"],
        },
      },
      { parent: this },
    );
  }
}
