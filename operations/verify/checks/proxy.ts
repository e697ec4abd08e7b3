import { publicApps } from "../../../inventory/apps";
import type { X509Certificate } from "node:crypto";
import { seconds } from "../../../settings/rules/rule";
import { failed, ok, skipped, verdict, warning, type Check, type CheckOutcome } from "../check";
import type { Answer } from "../../clients/network";
import type { PlaneContext } from "../context";
import { unusedName } from "./dns";
import { messageOf } from "../run";
import { keyPair, privateAuthority } from "./certificate";

/** Checks of the certificate that clients must accept. */
const CERTIFICATE = [
  "dns.resolution",
  "certificate.secret",
  "certificate.names",
  "certificate.chain",
  "certificate.days",
];

/** Skips the check if this machine does not trust the private authority. */
async function verified(
  context: PlaneContext,
  run: () => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const own = await privateAuthority(context);
  return own === undefined
    ? run()
    : skipped(`this machine does not trust ${own}: pass its certificate with --ca-file`);
}

/** The difference between the chain that an address serves for a name and the Secret's chain. */
async function difference(
  { network }: PlaneContext,
  address: string,
  name: string,
  wanted: readonly X509Certificate[],
): Promise<string | undefined> {
  const served = await network.served(address, name).catch((error: unknown) => {
    throw new Error(`${address}: ${messageOf(error)}`);
  });
  const [leaf] = served;
  const serves = `${address} serves ${name} with`;
  if (leaf?.fingerprint256 !== wanted[0]?.fingerprint256) {
    return `${serves} serial ${leaf?.serialNumber ?? "none"}`;
  }
  // The client may have added certificates at the end.
  return wanted.every(
    ({ fingerprint256 }, index) => fingerprint256 === served[index]?.fingerprint256,
  )
    ? undefined
    : `${serves} the right certificate, but not the chain behind it`;
}

/** Teleport redirects users without a session to its launcher, and then to the login page. */
function loginProblem(answer: Answer, clusterName: string): string | undefined {
  const location = String(answer.headers["location"] ?? "");
  if (answer.status < 300 || answer.status > 399 || location === "") {
    return `answers ${answer.status} without a redirect`;
  }
  const target = new URL(location, `https://${clusterName}`);
  return target.hostname === clusterName && /^\/web\/(launch|login)/.test(target.pathname)
    ? undefined
    : `redirects to ${target.origin}${target.pathname}`;
}

export const proxyChecks: Check[] = [
  {
    id: "proxy.certificate",
    title: "Served certificate",
    expected: "every address of the apex serves the Secret's certificate, for apex and wildcard",
    remedy:
      "proxies load it within teleport.certificateReload, or at once after `kubectl rollout restart deployment/teleport-proxy -n NAMESPACE`; " +
      "if the serial stays another one, something else answers at this address",
    needs: ["dns.resolution", "certificate.secret"],
    needsPods: true,
    async run(context) {
      const { network, settings, now } = context;
      const { leaf, chain } = await keyPair(context);
      const addresses = await network.resolve(settings.clusterName);
      if (addresses.length === 0) return failed(`${settings.clusterName} does not resolve`);
      const names = [settings.clusterName, unusedName(settings)];
      const asked = addresses.flatMap((address) => names.map((name) => [address, name] as const));
      const found = await Promise.all(
        asked.map(([address, name]) => difference(context, address, name, chain)),
      );
      const problems = found.filter((problem) => problem !== undefined);
      const age = (now().getTime() - Date.parse(leaf.validFrom)) / 1000;
      const reload = seconds(settings.teleport.certificateReload);
      return problems.length > 0 && age < reload
        ? warning(`${problems.join("; ")}; the Secret's is new, proxies reload it`)
        : verdict(problems, `${addresses.length} addresses, serial ${leaf.serialNumber}`, {
            expected: `serial ${leaf.serialNumber}, that of the Secret`,
          });
    },
  },
  {
    id: "proxy.ping",
    title: "Proxy answers",
    expected: "/webapi/ping over verified TLS, with cluster name and version of the settings",
    remedy:
      "`kubectl logs -n NAMESPACE deploy/teleport-proxy`; pass the certificate of a private authority with --ca-file",
    needs: [...CERTIFICATE, "proxy.certificate", "cluster.version"],
    needsPods: true,
    run: (context) =>
      verified(context, async () => {
        const { network, settings } = context;
        const answer = await network.get(`https://${settings.clusterName}/webapi/ping`);
        if (answer.status !== 200) return failed(`/webapi/ping answers ${answer.status}`);
        const ping = JSON.parse(answer.body) as { cluster_name?: string; server_version?: string };
        const wanted = `${settings.clusterName} ${settings.chart.version}`;
        const seen = `${ping.cluster_name ?? "no name"} ${ping.server_version ?? "no version"}`;
        return seen === wanted ? ok(seen) : failed(seen, { expected: wanted });
      }),
  },
  {
    id: "apps.login",
    title: "Apps ask for a login",
    expected: "an unauthenticated GET of each app redirects to Teleport's login",
    remedy: "an app that answers by itself is open to everybody: look at DNS and at who serves it",
    needs: [...CERTIFICATE, "proxy.certificate", "proxy.ping"],
    needsPods: true,
    applies: (settings) => publicApps(settings).length > 0,
    run: (context) =>
      verified(context, async () => {
        const { network, settings } = context;
        const apps = publicApps(settings).filter(({ uri }) => /^https?:/.test(uri));
        const found = await Promise.all(
          apps.map(async ({ name, host }) => {
            const problem = await network.get(`https://${host}/`).then(
              (answer) => loginProblem(answer, settings.clusterName),
              (error: unknown) => messageOf(error),
            );
            return problem && `${name}: ${problem}`;
          }),
        );
        const open = apps.filter((_, at) => found[at] !== undefined);
        const looks = open.map(({ host }) => `\`curl -sSI https://${host}/\``).join(", ");
        return verdict(found, `${apps.length} apps`, {
          remedy: `an app that answers by itself is open to everybody: ${looks} shows who answers; look at DNS`,
        });
      }),
  },
];
