/** All steps of the sandbox. `after` decides their order. */
import type { Part, Step } from "../part.ts";
import { isPart } from "../part.ts";
import { account, aws } from "./aws.ts";
import { clusterObjects, definitions, issuer, nodes } from "./cluster.ts";
import { controllers } from "./controllers.ts";
import { etcd } from "./etcd.ts";
import { apiServer, controllerManager, kubeconfigs, scheduler } from "./kubernetes.ts";
import { kwok } from "./kwok.ts";
import { databases, postgres } from "./postgres.ts";
import { vault, vaultConnection, vaultContents } from "./vault.ts";
import { vaultSecretsOperator } from "./vault-secrets-operator.ts";

/** The whole start graph. */
export const steps: readonly Step[] = [
  etcd,
  apiServer,
  kubeconfigs,
  controllerManager,
  scheduler,
  nodes,
  kwok,
  clusterObjects,
  definitions,
  issuer,
  postgres,
  databases,
  vault,
  vaultContents,
  vaultConnection,
  vaultSecretsOperator,
  aws,
  account,
  controllers,
];

/** The steps with a process. */
export const parts: readonly Part[] = steps.filter(isPart);
