import type { CustomObject } from "../clients/custom-objects";
import type { FoundRelease } from "./helm-releases";
import type { FoundLoadBalancer } from "../kinds/found-load-balancer";

/** An existing plane: everything that its settings can be derived from. */
export interface ExistingPlane {
  namespace: string;
  context: string | undefined;
  cluster: FoundRelease;
  agents: FoundRelease[];
  /** Node port of the proxy Service's port 443. */
  nodePort: number | undefined;
  /** Spec of the Certificate of the proxy. */
  certificate: unknown;
  /** VaultStaticSecrets and VaultDynamicSecrets of the namespace. */
  vaultSecrets: unknown[];
  /** Teleport's custom resources of the namespace. */
  resources: CustomObject[];
  region: string | undefined;
  loadBalancer: FoundLoadBalancer | undefined;
}
