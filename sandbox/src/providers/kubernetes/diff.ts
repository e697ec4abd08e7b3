import {
  deepDiff,
  equal,
  getPath,
  isMap,
  underPath,
  type Change,
  type DiffResult,
  type Props,
  type Value,
} from "../framework.ts";
import { isBuiltIn, isPatchToken, isTrue, kindOf, nameOf, namespaceOf, str } from "./objects.ts";
import { withMetadata } from "./objects.ts";
import { sameQuantity } from "./quantity.ts";
import type { Settings } from "./settings.ts";
import { normalize, prune, type Checkpoint } from "./state.ts";

const SELECTOR = "spec.selector";
const STATEFUL_SET = [
  "spec.podManagementPolicy",
  "spec.revisionHistoryLimit",
  SELECTOR,
  "spec.serviceName",
  "spec.volumeClaimTemplates",
];
const POD_FIELDS =
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace subdomain terminationGracePeriodSeconds volumes containers[*] initContainers[*]";

/** Members that cannot change in place, per kind. */
const IMMUTABLE: Record<string, readonly string[]> = {
  "apps/Deployment": [SELECTOR],
  "apps/DaemonSet": [SELECTOR],
  "apps/StatefulSet": STATEFUL_SET,
  "batch/Job": ["spec.completions", "spec.parallelism", SELECTOR, "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolumeClaim": [
    "spec.accessModes",
    SELECTOR,
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "/Pod": POD_FIELDS.split(" ").map((field) => `spec.${field}`),
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};
const IDENTITY = ["metadata.name", "metadata.namespace", "apiVersion", "kind"];

function immutableMembers(object: Props, settings: Settings): readonly string[] {
  const { apiVersion, kind } = kindOf(object);
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const immutable = object["immutable"] === true;
  if (group === "" && kind === "Secret" && (immutable || !settings.secretMutable)) {
    return [...IDENTITY.slice(0, 2), "type", "stringData", "data"];
  }
  if (group === "" && kind === "ConfigMap" && (immutable || !settings.configMapMutable)) {
    return [...IDENTITY.slice(0, 2), "data", "binaryData"];
  }
  return [...IDENTITY.slice(0, 2), ...(IMMUTABLE[`${group}/${kind}`] ?? [])];
}

/** Diff of an object: its last known live state, in the shape of the old inputs, to the new inputs. */
export function diffObject(
  state: Checkpoint,
  news: Props,
  options: {
    token: string;
    namespaced: boolean;
    ignore: readonly string[];
    settings: Settings;
  },
): DiffResult {
  const next = canonical(normalize(news), options.namespaced);
  const shape = normalize(state.inputs);
  const live = prune(state.live, shape);
  const before = canonical(
    withMetadata(live, { resourceVersion: undefined, name: nameOf(state.live) }),
    options.namespaced,
  );
  const { apiVersion, kind } = kindOf(next);
  before["apiVersion"] ??= apiVersion;
  before["kind"] ??= kind;
  const changes = deepDiff(before, next, options.ignore).filter(
    (change) => !equivalent(change, before, next, shape),
  );
  const patch = isPatchToken(options.token, str(news["kind"]));
  const fixed = patch ? IDENTITY.slice(0, 2) : immutableMembers(next, options.settings);
  const replaces = changes
    .filter((change) => forcesReplacement(change, fixed))
    .map((change) => change.path);
  const sameName =
    nameOf(next) !== "" &&
    !isTrue(next, "pulumi.com/autonamed") &&
    nameOf(next) === nameOf(state.live) &&
    (namespaceOf(next) || "default") === (namespaceOf(state.live) || "default");
  return {
    changes: changes.length > 0,
    replaces,
    detailedDiff: changes,
    deleteBeforeReplace: replaces.length > 0 && sameName,
  };
}

function forcesReplacement(change: Change, fixed: readonly string[]): boolean {
  return fixed.some((path) => underPath(change.keys, path) || isAncestor(change, path));
}

/** A whole subtree that comes or goes takes its immutable members with it. */
function isAncestor(change: Change, path: string): boolean {
  return change.kind === "delete" && path.startsWith(`${change.path}.`) && path !== "metadata.name"
    ? change.path === "metadata" || change.path === "spec"
    : false;
}

function canonical(object: Props, namespaced: boolean): Props {
  const copy = { ...object };
  const namespace = namespaced ? namespaceOf(object) || "default" : undefined;
  const unknown = isMap(object["metadata"]) && typeof object["metadata"]["namespace"] === "symbol";
  return unknown && namespaced ? copy : withMetadata(copy, { namespace });
}

const zero = (value: Value | undefined): boolean =>
  value === "" ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isMap(value) && Object.keys(value).length === 0);

/** Differences that the API server's own normalisation makes. */
function equivalent(change: Change, before: Props, next: Props, shape: Props): boolean {
  if (!isBuiltIn(str(next["apiVersion"]))) return false;
  const wanted = getPath(next, change.keys);
  // The server drops zero values: asked for before, still asked for, never to be seen live.
  if (change.kind === "add") return zero(wanted) && equal(getPath(shape, change.keys), wanted);
  return (
    change.kind === "update" && sameQuantity(change.keys, getPath(before, change.keys), wanted)
  );
}
