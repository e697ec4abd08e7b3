import { createPrivateKey, X509Certificate } from "node:crypto";
import { publicApps } from "../../../inventory/apps";
import { certificateNames } from "../../../teleport/names";
import { seconds } from "../../../settings/rules/rule";
import { secretData } from "../../clients/secret-data";
import { failed, ok, verdict, warning, type Check } from "../check";
import type { PlaneContext } from "../context";
import { REFRESH, TAKE_BACK } from "../remedy";

interface CertificateObject {
  metadata?: { generation?: number };
  spec?: { dnsNames?: string[] };
  status?: {
    conditions?: { type: string; status: string; message?: string; observedGeneration?: number }[];
  };
}

/** The certificates of a PEM text, in order. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** The Secret with the key pair. Throws if it does not exist or has no certificate. */
export async function keyPair({ kubernetes, settings }: PlaneContext): Promise<{
  leaf: X509Certificate;
  chain: X509Certificate[];
  key: string;
  authority: X509Certificate[];
}> {
  const name = settings.certificate.secretName;
  const secret = await secretData(kubernetes, name, settings.namespace.name);
  if (secret === undefined) throw new Error(`there is no Secret ${name}`);
  const text = (key: string) => secret[key] ?? "";
  const chain = certificatesIn(text("tls.crt"));
  const [leaf] = chain;
  if (leaf === undefined) throw new Error(`Secret ${name} has no certificate in tls.crt`);
  return { leaf, chain, key: text("tls.key"), authority: certificatesIn(text("ca.crt")) };
}

const commonName = (name: string): string => /(?:^|\n)CN=(.*)/.exec(name)?.[1] ?? name;

const signedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** The end of a chain: a wrong signature, a trusted authority, or neither. */
function chainEnd(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): { broken?: string; anchor?: X509Certificate; last: X509Certificate | undefined } {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer !== undefined && !signedBy(certificate, issuer)) {
      const names = `${commonName(certificate.subject)} is not signed by ${commonName(issuer.subject)}`;
      return { broken: names, last: undefined };
    }
  }
  const last = chain.at(-1);
  const anchor =
    last === undefined ? undefined : authorities.find((issuer) => signedBy(last, issuer));
  return { anchor, last };
}

/** Parsing all authorities of a machine takes a while, and they do not change. */
const PARSED = new Map<string, X509Certificate[]>();

/** Authorities from PEM, without those that Node.js cannot parse. */
function parsed(pems: readonly string[]): X509Certificate[] {
  return pems.flatMap((pem) => {
    let found = PARSED.get(pem);
    if (found === undefined) {
      try {
        found = certificatesIn(pem);
      } catch {
        found = [];
      }
      PARSED.set(pem, found);
    }
    return found;
  });
}

/** Name of the Secret's authority, if it is private and this machine does not trust it. */
export async function privateAuthority(context: PlaneContext): Promise<string | undefined> {
  const { chain, authority } = await keyPair(context);
  if (chainEnd(chain, parsed(context.network.trusted)).anchor !== undefined) return undefined;
  const own = chainEnd(chain, authority).anchor;
  return own === undefined ? undefined : commonName(own.subject);
}

const DAY_MS = 24 * 3600 * 1000;

const ISSUE = "`kubectl delete secret CERTIFICATE -n NAMESPACE`";
const ADDRESS =
  "an app's publicAddress is at most one label below clusterName: `bin/access-plane plan --stack STACK --apps` lists them";

const certificateOf = ({ kubernetes, settings }: PlaneContext) =>
  kubernetes.get<CertificateObject>(
    "cert-manager.io/v1",
    "Certificate",
    settings.certificate.secretName,
    settings.namespace.name,
  );

/** What brings missing names into the certificate. An update sees only the Certificate, not its Secret. */
async function namesRemedy(context: PlaneContext, missing: readonly string[]): Promise<string> {
  const asked = (await certificateOf(context))?.spec?.dnsNames;
  if (asked === undefined) return REFRESH;
  return missing.every((name) => asked.includes(name))
    ? `${ISSUE}: cert-manager issues one with the names of its Certificate`
    : `somebody edited the Certificate: ${TAKE_BACK}`;
}

export const certificateChecks: Check[] = [
  {
    id: "certificate.ready",
    title: "Certificate Ready",
    expected: "cert-manager says Ready, for the current spec",
    remedy:
      "`kubectl describe certificate,certificaterequest,order,challenge -n NAMESPACE` says what it waits for",
    async run(context) {
      const certificate = await certificateOf(context);
      if (certificate === undefined) {
        const { secretName } = context.settings.certificate;
        return failed(`there is no Certificate ${secretName}`, { remedy: REFRESH });
      }
      const ready = certificate.status?.conditions?.find(({ type }) => type === "Ready");
      if (ready?.status !== "True") return failed(ready?.message ?? "not Ready");
      const behind =
        (ready.observedGeneration ?? Infinity) < (certificate.metadata?.generation ?? 0);
      return behind ? failed("Ready for an older spec") : ok("Ready");
    },
  },
  {
    id: "certificate.secret",
    title: "Key pair in its Secret",
    expected: "the Secret holds a certificate and the private key that belongs to it",
    remedy: `${ISSUE}: cert-manager issues a new pair`,
    async run(context) {
      const { leaf, chain, key } = await keyPair(context);
      if (key === "") return failed("there is no tls.key");
      const own = leaf.checkPrivateKey(createPrivateKey(key));
      return own
        ? ok(`${chain.length} certificates, serial ${leaf.serialNumber}`)
        : failed("tls.key is not the key of the certificate");
    },
  },
  {
    id: "certificate.names",
    title: "Names in the certificate",
    expected: "apex, wildcard and the host of every app are covered",
    remedy: `${TAKE_BACK}, put the Certificate's names right; ${ISSUE} where only its Secret lacks them`,
    needs: ["certificate.secret"],
    async run(context) {
      const { leaf } = await keyPair(context);
      const { clusterName } = context.settings;
      const alternatives = (leaf.subjectAltName ?? "").replace(/DNS:/g, "");
      const missing = certificateNames(clusterName).filter(
        (name) => !alternatives.split(", ").includes(name),
      );
      const apps = publicApps(context.settings).filter(
        ({ host }) => leaf.checkHost(host) === undefined,
      );
      return verdict(
        [
          ...missing.map((name) => `${name} is missing`),
          ...apps.map(({ name, host }) => `app ${name}: ${host} is not covered`),
        ],
        alternatives,
        {
          expected: `${certificateNames(clusterName).join(", ")} and every app`,
          remedy: missing.length > 0 ? await namesRemedy(context, missing) : ADDRESS,
        },
      );
    },
  },
  {
    id: "certificate.chain",
    title: "Chain of the certificate",
    expected: "each certificate is signed by the next, up to an authority that clients trust",
    remedy:
      "the issuer has to send its intermediates; then `kubectl delete secret CERTIFICATE -n NAMESPACE` has it issued again",
    needs: ["certificate.secret"],
    async run(context) {
      const { chain } = await keyPair(context);
      const { broken, anchor, last } = chainEnd(chain, parsed(context.network.trusted));
      if (broken !== undefined) return failed(broken);
      const length = `${chain.length} certificates`;
      if (anchor !== undefined) return ok(`${length}, up to ${commonName(anchor.subject)}`);
      const own = await privateAuthority(context);
      return own === undefined
        ? failed(`no known authority has signed ${commonName(last?.subject ?? "")}`)
        : warning(`${length}, up to ${own}, which this machine does not trust`, {
            remedy:
              "a private authority, which clients and agents have to trust; for verify: " +
              "`kubectl get secret CERTIFICATE -n NAMESPACE -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt`, then " +
              "`bin/access-plane verify --stack STACK --ca-file ca.crt`",
          });
    },
  },
  {
    id: "certificate.days",
    title: "Days left",
    expected: "valid now, and renewed in time",
    remedy:
      "`kubectl describe certificate,certificaterequest,order,challenge -n NAMESPACE` says why it is not renewed",
    needs: ["certificate.secret"],
    async run(context) {
      const { leaf } = await keyPair(context);
      const now = context.now().getTime();
      const left = Date.parse(leaf.validTo) - now;
      const days = Math.floor(left / DAY_MS);
      if (Date.parse(leaf.validFrom) > now) return failed(`not valid before ${leaf.validFrom}`);
      if (left <= 0) return failed(`expired on ${leaf.validTo}`);
      const seen = `${days} days, until ${leaf.validTo}`;
      const renewal = seconds(context.settings.certificate.renewBefore) * 1000;
      // The issuer may take a day.
      return left < renewal - DAY_MS ? warning(`${seen}; renewal is overdue`) : ok(seen);
    },
  },
];
