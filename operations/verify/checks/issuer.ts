import type { PlaneSettings } from "../../../settings/schema";
import type { KubeReader } from "../../clients/kubernetes";
import { failed, ok, skipped, warning, type Check } from "../check";

interface Issuer {
  spec?: { acme?: object };
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

interface CertificateRequest {
  metadata?: {
    creationTimestamp?: string | Date;
    annotations?: Record<string, string>;
  };
}

function issuerOf(kubernetes: KubeReader, { certificate, namespace }: PlaneSettings) {
  const { name, kind } = certificate.issuer;
  const where = kind === "ClusterIssuer" ? undefined : namespace.name;
  return kubernetes.get<Issuer>("cert-manager.io/v1", kind, name, where);
}

/** Let's Encrypt's limit of certificates per week for the same set of names. */
const DUPLICATES_A_WEEK = 5;
const WEEK_MS = 7 * 24 * 3600 * 1000;

export const issuerChecks: Check[] = [
  {
    id: "issuer.ready",
    title: "Issuer ready",
    before: true,
    expected: "the issuer of the certificate is there, and Ready",
    remedy: "`kubectl describe KIND NAME -n NAMESPACE` says why; or correct certificate.issuer",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const { name, kind, group } = settings.certificate.issuer;
      if (group !== "cert-manager.io") return skipped(`${kind}.${group} is not cert-manager's own`);
      const issuer = await issuerOf(kubernetes, settings);
      if (issuer === undefined) {
        const remedy = `\`kubectl get ${kind.toLowerCase()} -n NAMESPACE\` lists what there is: correct certificate.issuer`;
        return failed(`there is no ${kind} ${name}`, { remedy });
      }
      const ready = issuer.status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.status === "True"
        ? ok(`${kind} ${name}`)
        : failed(`${kind} ${name} is not Ready: ${ready?.message ?? "no condition"}`, {
            remedy: `\`kubectl describe ${kind.toLowerCase()} ${name} -n NAMESPACE\` says why; or correct certificate.issuer`,
          });
    },
  },
  {
    id: "issuer.quota",
    title: "Quota of names",
    before: true,
    expected: `fewer than ${DUPLICATES_A_WEEK} ACME certificates for these names in seven days`,
    remedy:
      "wait before forcing another issuance: public ACME services refuse the sixth certificate of " +
      "the same names in a week; `kubectl get certificaterequests -n NAMESPACE` shows their ages",
    needs: ["issuer.ready"],
    async run({ kubernetes, settings, now }) {
      const { secretName } = settings.certificate;
      const found = await issuerOf(kubernetes, settings);
      if (found?.spec?.acme === undefined) return ok("the issuer is not ACME: no quota");
      const requests = await kubernetes.list<CertificateRequest>(
        "cert-manager.io/v1",
        "CertificateRequest",
        { namespace: settings.namespace.name },
      );
      const since = now().getTime() - WEEK_MS;
      const recent = requests.filter(
        ({ metadata = {} }) =>
          metadata.annotations?.["cert-manager.io/certificate-name"] === secretName &&
          new Date(metadata.creationTimestamp ?? 0).getTime() > since,
      );
      const seen = `${recent.length} issued in seven days`;
      if (recent.length >= DUPLICATES_A_WEEK) return failed(seen);
      return recent.length === DUPLICATES_A_WEEK - 1 ? warning(seen) : ok(seen);
    },
  },
];
