import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import { certificateNames } from "../teleport/names";
import { currentCondition, waitFor } from "./support/wait-for";

/** Arguments of {@link Certificate}: section `certificate` of the settings, and what is known besides. */
export interface CertificateArgs extends Omit<PlaneSettings["certificate"], "caSecretName"> {
  /** Domain of the cluster; the certificate covers it and every name one label below. */
  clusterName: string;
  namespace: pulumi.Input<string>;
  /** Pulumi refuses to delete it while set. */
  protect: boolean;
}

/**
 * The cert-manager `Certificate` of the plane (cert-manager.io/v1), ready when it is issued.
 * `up` fails with cert-manager's own message when it is not Ready in time.
 */
export class Certificate extends pulumi.ComponentResource {
  /** Name of the Secret, known once the certificate is issued. */
  public readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:Certificate", name, args, opts);

    const certificate = new CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          annotations: waitFor(currentCondition("Ready"), args.readyTimeoutSeconds),
        },
        spec: {
          secretName: args.secretName,
          dnsNames: certificateNames(args.clusterName),
          issuerRef: args.issuer,
          privateKey: { ...args.privateKey, rotationPolicy: "Always" },
          duration: args.duration,
          renewBefore: args.renewBefore,
          usages: ["digital signature", "key encipherment", "server auth"],
        },
      },
      { parent: this, protect: args.protect },
    );

    this.secretName = certificate.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}
