import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { certificateNames } from "../teleport/names";
import { currentCondition, waitFor } from "./support/wait-for";

/** Arguments of {@link Certificate}. */
export interface CertificateArgs {
  /** Domain of the cluster; the certificate covers it and every name one label below. */
  clusterName: string;
  namespace: pulumi.Input<string>;
  /** Secret that cert-manager writes `tls.crt` and `tls.key` into; also the object's name. */
  secretName: string;
  /** Issuer; must be able to sign wildcards (ACME: DNS-01). */
  issuer: { name: string; kind: string; group: string };
  /** Private key, size in bits. Every renewal makes a new key. */
  privateKey: { algorithm: "RSA" | "ECDSA"; size: number };
  /** Requested lifetime, a Go duration. */
  duration: string;
  /** How long before it expires cert-manager renews it, a Go duration. */
  renewBefore: string;
  /** Pulumi refuses to delete it while set. */
  protect: boolean;
  /** How long `up` waits for condition Ready, in seconds. */
  readyTimeoutSeconds: number;
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
