import type * as k8s from "@kubernetes/client-node";
import type { AccessRequest, KubeReader } from "../../../../operations/clients/kubernetes";
import type { AwsReader, ScalingGroup, Selection } from "../../../../operations/clients/aws";
import type { Bucket, RecordingsReader } from "../../../../operations/clients/recordings";
import type { DatabaseReader, Login } from "../../../../operations/clients/database";
import { Forbidden, Unreachable } from "../../../../operations/clients/errors";
import type { VaultReader } from "../../../../operations/clients/vault";

/** Any Kubernetes object. It has no type, so that tests can break it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = Record<string, any>;

/** An API server of plain objects. */
export class FakeKubernetes implements KubeReader {
  readonly objects: Loose[] = [];
  /** By `pod/container`. A container without an entry has an empty log. */
  readonly logLines: Record<string, string> = {};
  /** Refused requests, as `verb resource`. */
  readonly refused = new Set<string>();
  /** Kinds that the caller may not read. */
  readonly unreadable = new Set<string>();

  apiServer = "https://10.0.0.1:6443";

  server = () => this.apiServer;

  version = () => Promise.resolve("v1.36.3");

  find(kind: string, name: string): Loose {
    const found = this.objects.find((object) => object["kind"] === kind && named(object) === name);
    if (found === undefined) throw new Error(`the fake has no ${kind} ${name}`);
    return found;
  }

  remove(kind: string, name: string): void {
    this.objects.splice(this.objects.indexOf(this.find(kind, name)), 1);
  }

  get<T extends object>(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined> {
    if (this.unreadable.has(kind)) {
      return Promise.reject(new Error(`the API server answers 403: ${kind} is forbidden`));
    }
    return Promise.resolve(
      this.of(apiVersion, kind, namespace).find((object) => named(object) === name) as
        | T
        | undefined,
    );
  }

  list<T extends object>(
    apiVersion: string,
    kind: string,
    { namespace, labelSelector }: { namespace?: string; labelSelector?: string } = {},
  ): Promise<T[]> {
    if (this.unreadable.has(kind)) {
      return Promise.reject(new Error(`the API server answers 403: ${kind} is forbidden`));
    }
    const [label = "", value] = labelSelector?.split("=") ?? [];
    const labels = (object: Loose) => (object["metadata"].labels ?? {}) as Record<string, string>;
    return Promise.resolve(
      this.of(apiVersion, kind, namespace).filter(
        (object) => value === undefined || labels(object)[label] === value,
      ) as T[],
    );
  }

  logs = (_namespace: string, pod: string, container: string) =>
    Promise.resolve(this.logLines[`${pod}/${container}`] ?? "");

  allowed = ({ verb, resource }: AccessRequest) =>
    Promise.resolve(!this.refused.has(`${verb} ${resource}`));

  private of(apiVersion: string, kind: string, namespace: string | undefined): Loose[] {
    return this.objects.filter(
      (object) =>
        object["apiVersion"] === apiVersion &&
        object["kind"] === kind &&
        (namespace === undefined || object["metadata"].namespace === namespace),
    );
  }
}

const named = (object: Loose): string => (object as k8s.KubernetesObject).metadata?.name ?? "";

/** A Vault of plain data. */
export class FakeVault implements VaultReader {
  readonly address = "https://vault.test";
  sealed = false;
  secondsLeft = 3600;
  readonly data: Record<string, Loose> = {};
  readonly denied = new Set<string>();

  health = () => Promise.resolve({ sealed: this.sealed, initialized: true, version: "1.21.0" });
  token = () => Promise.resolve({ policies: ["deployer"], secondsLeft: this.secondsLeft });
  read = (path: string) => Promise.resolve(this.data[path]);
  capabilities = (paths: string[]) =>
    Promise.resolve(
      Object.fromEntries(
        paths.map((path) => [
          path,
          this.denied.has(path) ? ["deny"] : ["create", "read", "update", "delete"],
        ]),
      ),
    );
}

/** An AWS account of plain data. */
export class FakeAws implements AwsReader {
  balancer: Loose | undefined;
  listener: Loose[] = [];
  group: Loose = {};
  targets: Loose[] = [];
  rules: Record<string, Loose[]> = {};
  zone: string[] = ["Z1"];
  record: Record<string, Loose> = {};
  vpc = ["vpc-1"];
  groups = ["sg-nodes"];
  quota = { used: 1, limit: 50 as number | undefined };
  dryRun: string | undefined;
  scalingGroup: ScalingGroup | undefined = { instances: ["i-0", "i-1"], targetGroups: [] };

  identity = () => Promise.resolve("arn:aws:sts::123456789012:assumed-role/deployer/ci");
  loadBalancer = () => Promise.resolve(this.balancer);
  listeners = () => Promise.resolve(this.listener);
  targetGroup = () => Promise.resolve(this.group);
  targetHealth = () => Promise.resolve(this.targets);
  securityGroupRules = (id: string) => Promise.resolve(this.rules[id] ?? []);
  zones = () => Promise.resolve(this.zone);
  records = (_zone: string, name: string) =>
    Promise.resolve(this.record[name] === undefined ? [] : [this.record[name] as never]);
  vpcs = (_selection: Selection) => Promise.resolve(this.vpc);
  subnets = () => Promise.resolve(["subnet-1"]);
  securityGroups = () => Promise.resolve(this.groups);
  instances = () => Promise.resolve(["i-0", "i-1"]);
  autoScalingGroup = () => Promise.resolve(this.scalingGroup);
  loadBalancerQuota = () => Promise.resolve(this.quota);
  refusal = () => Promise.resolve(this.dryRun);
}

/** A bucket and a role of plain data. */
export class FakeRecordings implements RecordingsReader {
  found: Bucket | undefined = {
    region: "eu-central-1",
    versioned: true,
    encryption: "aws:kms",
    isPublic: false,
    closed: true,
  };
  trusts: string | undefined;
  refused: string[] = [];
  /** AWS's answer to a caller without the right. */
  forbidden: string | undefined;

  private tell<T>(answer: T): Promise<T> {
    return this.forbidden === undefined
      ? Promise.resolve(answer)
      : Promise.reject(new Forbidden(this.forbidden));
  }
  bucket = () => this.tell(this.found);
  trust = () => this.tell(this.trusts);
  denied = (_role: string, actions: string[], resource: string) =>
    this.tell(
      actions
        .filter((action) => this.refused.includes(action))
        .map((action) => ({ action, resource })),
    );
}

/** A PostgreSQL that answers the queries of the checks. */
export class FakeDatabase implements DatabaseReader {
  reachable = true;
  answered?: { host: string; port: number };
  password = "";
  replication = true;
  plugin = true;
  slots: { own: boolean }[] = [{ own: true }, { own: true }];
  databases = ["teleport", "teleport_audit"];
  settings: Record<string, string> = {
    server_version_num: "150006",
    server_version: "15.6",
    wal_level: "logical",
    max_replication_slots: "10",
  };
  open = 0;

  connect({ user, password }: Login) {
    if (!this.reachable) return Promise.reject(new Unreachable("infra-db:5432: ENOTFOUND"));
    if (password !== this.password) {
      const refused = new Error(`password authentication failed for user "${user}"`);
      return Promise.reject(Object.assign(refused, { code: "28P01" }));
    }
    this.open++;
    return Promise.resolve({
      query: <Row extends object>(sql: string, values: unknown[] = []) =>
        this.answer(sql, values, user) as Promise<Row[]>,
      close: () => {
        this.open--;
        return Promise.resolve();
      },
    });
  }

  private answer(sql: string, values: unknown[], user: string): Promise<object[]> {
    if (sql.includes("current_setting")) {
      return Promise.resolve([{ value: this.settings[String(values[0])] }]);
    }
    if (sql.includes("pg_create_logical_replication_slot")) {
      return this.plugin
        ? Promise.resolve([{}])
        : Promise.reject(new Error('could not access file "wal2json": No such file or directory'));
    }
    if (sql.includes("pg_replication_slots")) return Promise.resolve(this.slots);
    if (sql.includes("pg_roles")) return Promise.resolve([{ replication: this.replication }]);
    if (sql.includes("pg_database")) {
      return Promise.resolve(
        this.databases.map((name) => ({ name, encoding: "UTF8", allowed: true })),
      );
    }
    return Promise.resolve([{ name: user }]);
  }
}
