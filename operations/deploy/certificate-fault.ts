import type { KubeReader } from "../clients/kubernetes";

interface Owned {
  metadata?: {
    name?: string;
    generation?: number;
    creationTimestamp?: string | Date;
    ownerReferences?: { kind: string; name: string }[];
  };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

/** Certificate or CertificateRequest of cert-manager.io/v1. */
interface Conditioned extends Owned {
  status?: { conditions?: Condition[] };
}

/** Order or Challenge of acme.cert-manager.io/v1. */
interface Acme extends Owned {
  spec?: { dnsName?: string; type?: string };
  status?: { state?: string; reason?: string };
}

/** States of an Order or Challenge without a problem. */
const WELL = new Set(["valid", "ready"]);

const ownedBy = <T extends Owned>(kind: string, name: string | undefined, objects: T[]): T[] =>
  objects.filter(({ metadata }) =>
    metadata?.ownerReferences?.some((owner) => owner.kind === kind && owner.name === name),
  );

const madeAt = ({ metadata }: Owned) => new Date(metadata?.creationTimestamp ?? 0).getTime();

/** `Type is False (Reason): message` of what a condition has. */
function said({ type, status, reason, message }: Condition): string {
  const because = reason === undefined ? "" : ` (${reason})`;
  return `${type} is ${status}${because}: ${message ?? "no message"}`;
}

/** Message of an Order or Challenge that is not done. */
function saidByAcme(kind: string, what: string, { status = {} }: Acme): string[] {
  const { state, reason } = status;
  if (state !== undefined && WELL.has(state)) return [];
  return [
    `${kind} ${what}: ${state ?? "no state yet"}${reason === undefined ? "" : `: ${reason}`}`,
  ];
}

/**
 * Why a Certificate is not Ready, in cert-manager's words: the conditions of the Certificate and its newest
 * request, and the state and reason of the request's ACME order and challenges. Undefined if the
 * Certificate is Ready or does not exist.
 */
export async function certificateFault(
  name: string,
  namespace: string,
  kubernetes: KubeReader,
): Promise<string | undefined> {
  const certificate = await kubernetes.get<Conditioned>(
    "cert-manager.io/v1",
    "Certificate",
    name,
    namespace,
  );
  if (certificate === undefined) return undefined;
  const conditions = certificate.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === "Ready");
  if (ready?.status === "True" && ready.observedGeneration === certificate.metadata?.generation) {
    return undefined;
  }
  const where = { namespace };
  const list = (kind: string) => kubernetes.list<Acme>("acme.cert-manager.io/v1", kind, where);
  const [requests, orders, challenges] = await Promise.all([
    kubernetes.list<Conditioned>("cert-manager.io/v1", "CertificateRequest", where),
    list("Order"),
    list("Challenge"),
  ]);
  const [request] = ownedBy("Certificate", name, requests).sort((a, b) => madeAt(b) - madeAt(a));
  const lines = [
    ...conditions.map(said),
    ...(request?.status?.conditions ?? [])
      .filter(({ type, status }) => !(type === "Approved" && status === "True"))
      .map((condition) => `CertificateRequest: ${said(condition)}`),
    ...ownedBy("CertificateRequest", request?.metadata?.name, orders).flatMap((order) => [
      ...saidByAcme("Order", order.metadata?.name ?? "", order),
      ...ownedBy("Order", order.metadata?.name, challenges).flatMap((challenge) =>
        saidByAcme(
          "Challenge",
          `${challenge.spec?.type ?? ""} of ${challenge.spec?.dnsName ?? ""}`,
          challenge,
        ),
      ),
    ]),
  ];
  if (lines.length === 0) lines.push("cert-manager has not looked at it: see whether it runs");
  return `Certificate ${name} is not Ready:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
