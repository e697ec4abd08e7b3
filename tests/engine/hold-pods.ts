import * as k8s from "@kubernetes/client-node";
import type { EngineStack } from "./stack";

/** A scheduler that does not exist, so that its pods stay pending. */
export const HELD = "held-by-the-test";

/**
 * Keeps new pods pending, because KWOK makes pods on a node ready at once. `condition` selects the pods
 * with a CEL expression about `object`. The policy takes effect after a moment.
 */
export async function holdPods(
  kube: EngineStack["kube"],
  holder: string,
  condition: string,
): Promise<void> {
  const admission = kube(k8s.AdmissionregistrationV1Api);
  const name = `${holder}.held.test`;
  await admission.createMutatingAdmissionPolicy({
    body: {
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
          ],
        },
        matchConditions: [{ name: "held", expression: condition }],
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: {
              expression: `Object{spec: Object.spec{schedulerName: "${HELD}"}}`,
            },
          },
        ],
      },
    },
  });
  await admission.createMutatingAdmissionPolicyBinding({
    body: { metadata: { name }, spec: { policyName: name } },
  });
}

/** Ends a hold, and deletes the pending pods, which their controllers create again. */
export async function releasePods(kube: EngineStack["kube"], holder: string): Promise<void> {
  const admission = kube(k8s.AdmissionregistrationV1Api);
  const name = `${holder}.held.test`;
  await admission.deleteMutatingAdmissionPolicyBinding({ name });
  await admission.deleteMutatingAdmissionPolicy({ name });
  const core = kube(k8s.CoreV1Api);
  for (;;) {
    const { items } = await core.listPodForAllNamespaces({
      fieldSelector: `spec.schedulerName=${HELD}`,
    });
    if (items.length === 0) return;
    for (const { metadata = {} } of items) {
      const { name = "", namespace = "" } = metadata;
      await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
