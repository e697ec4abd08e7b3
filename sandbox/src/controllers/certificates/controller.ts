/** Plays cert-manager: marks issuers as ready, and keeps the Secret of every Certificate up to date. */
import { Watcher } from "../watcher.ts";
import { WorkQueue, type Again } from "../work-queue.ts";
import { isConflict, isNotFound, type KubeClient, type Resource } from "../kube-client.ts";
import {
  keyOf,
  sameJson,
  timestamp,
  withCondition,
  type Condition,
  type CustomObject,
} from "../objects.ts";
import type { Authority } from "./authority.ts";
import { keyMatches, makeKey } from "./keys.ts";
import {
  certificateIn,
  faultOf,
  keyIn,
  renewalOf,
  secretData,
  secretMetadata,
  type Fault,
  type TlsSecret,
} from "./secret.ts";
import { SpecError, wantedFrom, type CertificateSpec, type Wanted } from "./spec.ts";

const GROUP = "cert-manager.io";
const kind = (plural: string): Resource => ({ group: GROUP, version: "v1", plural });
const CERTIFICATES = kind("certificates");
const ISSUERS: Record<string, Resource> = {
  Issuer: kind("issuers"),
  ClusterIssuer: kind("clusterissuers"),
};
const SECRETS: Resource = { group: "", version: "v1", plural: "secrets" };

interface Certificate extends CustomObject {
  spec: CertificateSpec & Record<string, unknown>;
}

export class CertificateController {
  private readonly client: KubeClient;
  private readonly authority: Authority;
  private readonly log: (line: string) => void;
  private readonly queue: WorkQueue;
  private readonly certificates: Watcher<Certificate>;
  private readonly secrets: Watcher<TlsSecret>;
  private readonly issuers: Record<string, Watcher<CustomObject>>;

  constructor(client: KubeClient, authority: Authority, log: (line: string) => void) {
    this.client = client;
    this.authority = authority;
    this.log = log;
    this.queue = new WorkQueue((key) => this.reconcile(key), {
      backoff: { firstMs: 200, maxMs: 30_000 },
      onError: (key, error, retryMs) => {
        if (!isConflict(error)) {
          log(`certificate ${key}: ${String(error)}; again in ${String(retryMs)} ms`);
        }
      },
    });
    const enqueue = (certificate: Certificate) => {
      this.queue.add(keyOf(certificate));
    };
    this.certificates = new Watcher({
      client,
      log,
      resource: CERTIFICATES,
      onChange: enqueue,
    });
    const secretChanged = (secret: TlsSecret) => {
      for (const certificate of this.certificates.values()) {
        const { namespace } = certificate.metadata;
        if (
          namespace === secret.metadata.namespace &&
          certificate.spec.secretName === secret.metadata.name
        ) {
          enqueue(certificate);
        }
      }
    };
    this.secrets = new Watcher({
      client,
      log,
      resource: SECRETS,
      query: "fieldSelector=type%3Dkubernetes.io%2Ftls",
      onChange: secretChanged,
      onDelete: secretChanged,
    });
    this.issuers = Object.fromEntries(
      Object.entries(ISSUERS).map(([name, resource]) => [
        name,
        new Watcher<CustomObject>({
          client,
          log,
          resource,
          onChange: (issuer) => {
            void this.acceptIssuer(resource, issuer);
          },
        }),
      ]),
    );
  }

  start(): void {
    this.secrets.start();
    for (const watcher of Object.values(this.issuers)) watcher.start();
    this.certificates.start();
  }

  async stop(): Promise<void> {
    const watchers = [this.certificates, this.secrets, ...Object.values(this.issuers)];
    await Promise.all([...watchers.map((watcher) => watcher.stop()), this.queue.stop()]);
  }

  /** Every issuer is ready at once, because all of them use the sandbox's own authority. */
  private async acceptIssuer(resource: Resource, issuer: CustomObject): Promise<void> {
    const acme = issuer.spec && "acme" in issuer.spec;
    const ready: Condition = {
      type: "Ready",
      status: "True",
      reason: acme ? "ACMEAccountRegistered" : "KeyPairVerified",
      message: "Simulated by the sandbox, with its own authority",
      observedGeneration: issuer.metadata.generation ?? 1,
    };
    try {
      await this.setStatus(resource, issuer, {
        conditions: withCondition(issuer.status?.conditions, ready),
      });
    } catch (error) {
      if (!isNotFound(error)) this.log(`${issuer.kind} ${issuer.metadata.name}: ${String(error)}`);
    }
    for (const certificate of this.certificates.values()) {
      if (certificate.spec.issuerRef?.name === issuer.metadata.name) {
        this.queue.add(keyOf(certificate));
      }
    }
  }

  private async reconcile(key: string): Promise<Again | undefined> {
    // Read again, because the cache may lack the last written status.
    const [namespace = "", name = ""] = key.split("/");
    const certificate = await this.client.find<Certificate>(CERTIFICATES, namespace, name);
    if (!certificate || certificate.metadata.deletionTimestamp) return undefined;
    let wanted: Wanted;
    try {
      wanted = wantedFrom(certificate.spec);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      await this.refuse(certificate, { reason: "InvalidCertificate", message: error.message });
      return undefined;
    }
    const missing = await this.issuerFault(certificate, wanted);
    if (missing) {
      await this.refuse(certificate, missing);
      return { afterMs: 5000 };
    }
    const secret = await this.client.find<TlsSecret>(SECRETS, namespace, wanted.secretName);
    const fault = faultOf(secret, wanted, this.authority);
    const issued = fault ? await this.issue(certificate, wanted, secret, fault) : secret;
    if (!issued) throw new Error("no Secret after issuing");
    if (!fault) await this.decorate(certificate, wanted, issued);
    return this.accept(certificate, wanted, issued, fault !== undefined);
  }

  private async issuerFault(certificate: Certificate, wanted: Wanted): Promise<Fault | undefined> {
    const { name, kind: issuerKind, group } = wanted.issuer;
    const resource = ISSUERS[issuerKind];
    if (group !== GROUP || !resource) {
      const message = `issuerRef names ${issuerKind} of ${group}; the sandbox supports only ${GROUP}`;
      return { reason: "IssuerNotSupported", message };
    }
    const namespace = issuerKind === "Issuer" ? certificate.metadata.namespace : undefined;
    if (await this.client.find(resource, namespace, name)) return undefined;
    const full = `${resource.plural.replace(/s$/, "")}.${GROUP}`;
    const message = `Referenced "${issuerKind}" not found: ${full} "${name}" not found`;
    return { reason: "IssuerNotFound", message };
  }

  private async issue(
    certificate: Certificate,
    wanted: Wanted,
    secret: TlsSecret | undefined,
    fault: Fault,
  ): Promise<TlsSecret> {
    const old = secret ? keyIn(secret) : undefined;
    const keep = old && !wanted.rotate && keyMatches(old, wanted);
    const key = keep ? old : await makeKey(wanted.algorithm, wanted.size);
    const signed = await this.authority.issue(wanted, key);
    const metadata = secretMetadata(certificate.metadata.name, wanted);
    const data = secretData(signed, key, wanted, this.authority);
    this.log(
      `certificate ${keyOf(certificate)}: issued into ${wanted.secretName} (${fault.reason})`,
    );
    if (secret) return this.client.patch<TlsSecret>(SECRETS, secret, { metadata, data });
    const { namespace } = certificate.metadata;
    return this.client.create<TlsSecret>(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: wanted.secretName, ...(namespace ? { namespace } : {}), ...metadata },
      data,
    });
  }

  /** Brings labels and annotations of an unchanged Secret up to date. */
  private async decorate(certificate: Certificate, wanted: Wanted, secret: TlsSecret) {
    const metadata = secretMetadata(certificate.metadata.name, wanted);
    const { annotations = {}, labels = {} } = secret.metadata;
    const missing = (have: Record<string, string>, want: Record<string, string>) =>
      Object.entries(want).some(([name, value]) => have[name] !== value);
    if (missing(annotations, metadata.annotations) || missing(labels, metadata.labels)) {
      await this.client.patch(SECRETS, secret, { metadata });
    }
  }

  private async accept(
    certificate: Certificate,
    wanted: Wanted,
    secret: TlsSecret,
    fresh: boolean,
  ): Promise<Again> {
    const content = certificateIn(secret);
    if (!content) throw new Error(`Secret ${wanted.secretName} holds no certificate after issuing`);
    const renewal = renewalOf(content, wanted);
    const revision = Number(certificate.status?.revision ?? 0);
    const ready: Condition = {
      type: "Ready",
      status: "True",
      reason: "Ready",
      message: "Certificate is up to date and has not expired",
      observedGeneration: certificate.metadata.generation ?? 1,
    };
    const others = certificate.status?.conditions?.filter(({ type }) => type !== "Issuing");
    await this.setStatus(CERTIFICATES, certificate, {
      conditions: withCondition(others, ready),
      notBefore: timestamp(new Date(content.validFrom)),
      notAfter: timestamp(new Date(content.validTo)),
      renewalTime: timestamp(renewal),
      revision: fresh || revision === 0 ? revision + 1 : revision,
    });
    return { afterMs: Math.max(renewal.getTime() - Date.now() + 500, 500) };
  }

  private async refuse(certificate: Certificate, fault: Fault): Promise<void> {
    const refused: Condition = {
      type: "Ready",
      status: "False",
      ...fault,
      observedGeneration: certificate.metadata.generation ?? 1,
    };
    await this.setStatus(CERTIFICATES, certificate, {
      conditions: withCondition(certificate.status?.conditions, refused),
    });
  }

  private async setStatus(
    resource: Resource,
    object: CustomObject,
    status: Record<string, unknown>,
  ): Promise<void> {
    const before = Object.fromEntries(
      Object.keys(status).map((field) => [field, object.status?.[field]]),
    );
    if (sameJson(before, status)) return;
    await this.client.patch(resource, object, { status }, "status");
  }
}
