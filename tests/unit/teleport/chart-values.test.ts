import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { withExtraValues, type Chart } from "../../../teleport/chart-values/extra-values";
import { OWNED } from "../../../teleport/chart-values/owned";
import { VALUES_TARGET, valuesText } from "../../../teleport/generate/main";
import { valueShapes } from "../../../teleport/generate/values";
import { planeSchema } from "../../../settings/kinds/plane";
import type { PlaneSettings } from "../../../settings/schema";
import { recordPlane, type Plane } from "../components/mocked-plane";
import { CHART_VERSION } from "../../../teleport/versions";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const app = { name: "wiki", uri: "http://wiki.wiki:80" };
const secret = {
  ...app,
  rewrite: { headers: [{ name: "X-Token", secret: { key: "token" } }] },
};

/** A plane with every feature that makes values. */
const everything = (more: object) =>
  recordPlane("prod", (settings) => {
    const { resources, certificate, database } = settings;
    const pods = {
      nodeSelector: { disk: "fast" },
      tolerations: [{ key: "plane", operator: "Exists" }],
      affinity: { nodeAffinity: {} },
      priorityClassName: "high",
      podLabels: { team: "platform" },
      serviceAccountAnnotations: { note: "x" },
      extraEnv: [{ name: "HTTPS_PROXY", value: "http://proxy:3128" }],
    };
    const scheduled = { ...pods, topologySpreadConstraints: [{ maxSkew: 1 }] };
    const parsed = planeSchema.parse({
      clusterName: settings.clusterName,
      certificate,
      database: {
        ...database,
        caSecret: { name: "ca", key: "ca.crt" },
        credentials: {
          source: "generated",
          path: "teleport/database",
          bootstrap: { adminSecret: "admin" },
        },
      },
      teleport: {
        edition: "enterprise",
        licensePath: "teleport/license",
        sessionRecordings: "s3://records",
        auth: scheduled,
        proxy: scheduled,
        operator: pods,
        podMonitor: {},
      },
      agents: {
        one: {
          ...pods,
          apps: [secret],
          credentials: { path: "teleport/one", keys: ["token"] },
          caSecretName: "ca",
          podMonitor: {},
          kubernetes: {
            clusterName: "c",
            labels: { a: "b" },
            kubeconfig: { path: "teleport/kube" },
            resources: [{ a: "b" }],
          },
          databases: [
            {
              name: "orders",
              protocol: "postgres",
              uri: "orders.db:5432",
              caSecret: { name: "orders-ca" },
              tlsServerName: "orders.example.com",
              commands: [{ name: "version", command: ["/bin/version"] }],
              config: {
                aws: { region: "eu-central-1", rds: { instance_id: "orders" } },
                admin_user: { name: "admin" },
              },
            },
            {
              ...{ name: "carts", protocol: "dynamodb" },
              config: { aws: { region: "eu-central-1", account_id: "123456789012" } },
            },
          ],
          databaseResources: [{ env: "prod" }],
        },
        two: {
          apps: [app],
          join: { method: "token", path: "teleport/join" },
          discovery: { group: "c" },
        },
        three: {
          secretHeaders: "rendered",
          apps: [{ ...secret, name: "b" }],
          credentials: { path: "teleport/one", keys: ["token"] },
        },
      },
      images: { pullSecrets: ["registry"] },
      ...more,
    });
    Object.assign(settings, parsed, { resources } satisfies Partial<PlaneSettings>);
    delete settings.loadBalancer;
  });

const leaves = (value: unknown, path: string): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, below]) => leaves(below, `${path}.${key}`))
    : [path];

describe("values of the charts", function () {
  this.timeout(60_000);
  let plane: Plane;
  const valuesOf = (release: string) =>
    plane.one(RELEASE, release).inputs["values"] as Record<string, unknown>;
  before(async () => {
    plane = await everything({});
  });

  it("are owned or merged wherever the program sets them", () => {
    const joined =
      /^((auth|proxy)\.)?(initContainers|extra(Containers|Volumes|VolumeMounts|Args)|hostAliases)$/;
    for (const [release, chart] of [
      ["teleport", "teleport-cluster"],
      ["one", "teleport-kube-agent"],
      ["two", "teleport-kube-agent"],
      ["three", "teleport-kube-agent"],
    ] satisfies [string, Chart][]) {
      const owned = Object.keys(OWNED[chart]);
      const loose = leaves(valuesOf(release), "")
        .map((leaf) => leaf.slice(1))
        .filter((leaf) => !joined.test(leaf))
        .filter((leaf) => !owned.some((own) => leaf === own || leaf.startsWith(`${own}.`)));
      assert.deepEqual(loose, [], release);
    }
  });

  it("of the cluster are owned for auth and proxy, too, which take those of the root", () => {
    const owned = Object.keys(OWNED["teleport-cluster"]);
    // A container has to be named where it is to run.
    const elsewhere = ["extraContainers", "initContainers"];
    const root = owned.filter(
      (path) => !/^(auth|proxy|operator)\./.test(path) && !elsewhere.includes(path),
    );
    const missing = ["auth", "proxy"].flatMap((part) =>
      root.filter((path) => !owned.includes(`${part}.${path}`)),
    );
    assert.deepEqual(missing, []);
  });

  it("match the vendor's schemas; if not, run `npm run generate`", function () {
    const shapes = valueShapes();
    if (shapes === undefined) return this.skip();
    assert.equal(fs.readFileSync(VALUES_TARGET, "utf8"), valuesText(shapes));
  });

  it("use the enterprise image everywhere with that edition", () => {
    const image = "public.ecr.aws/gravitational/teleport-ent-distroless";
    for (const release of ["teleport", "one", "two"]) {
      assert.equal(valuesOf(release)["enterprise"], true);
      assert.equal(valuesOf(release)["enterpriseImage"], image);
    }
    const check = (valuesOf("one")["initContainers"] as { name: string; image: string }[]).at(-1);
    assert.equal(check?.image, `${image}:${CHART_VERSION}`);
  });

  it("use only the registry of the settings", async () => {
    const mirrored = await everything({ images: { registry: "mirror.example.com:5000/plane" } });
    const images: string[] = [];
    const collect = (value: unknown, key: string): void => {
      if (typeof value === "string" && /image$/i.test(key)) images.push(value);
      if (typeof value !== "object" || value === null) return;
      for (const [name, below] of Object.entries(value)) collect(below, name);
    };
    for (const { inputs } of mirrored.resources) collect(inputs, "");
    assert.ok(images.length >= 10, images.join());
    for (const image of images) assert.match(image, /^mirror\.example\.com:5000\/plane\//);
    assert.doesNotMatch(JSON.stringify(mirrored.resources), /ecr\.aws|docker\.io/);
  });

  it("give every container the pull policy, and every pod of the program the pull secrets", async () => {
    const { resources } = await everything({
      images: { pullPolicy: "Always", pullSecrets: ["registry"] },
    });
    const containers: string[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      const { name, image, command, imagePullPolicy } = value as Record<string, unknown>;
      if (typeof image === "string" && command !== undefined) {
        containers.push(`${String(name)}: ${String(imagePullPolicy)}`);
      }
      Object.values(value).forEach(collect);
    };
    for (const { inputs } of resources) collect(inputs);
    assert.deepEqual([...new Set(containers)].sort(), [
      "bootstrap: Always",
      "check-config: Always",
      "check-secrets: Always",
      "header-proxy: Always",
      "render-config: Always",
    ]);
    const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
    const { template } = job?.inputs["spec"] as { template: { spec: Record<string, unknown> } };
    assert.deepEqual(template.spec["imagePullSecrets"], [{ name: "registry" }]);
    assert.deepEqual(template.spec["tolerations"], [{ key: "plane", operator: "Exists" }]);
    assert.deepEqual(template.spec["nodeSelector"], { disk: "fast" });
  });

  it("configure a database like teleport.yaml, and mount its authority", () => {
    assert.deepEqual((valuesOf("one")["databases"] as object[])[0], {
      name: "orders",
      protocol: "postgres",
      uri: "orders.db:5432",
      dynamic_labels: [{ name: "version", command: ["/bin/version"], period: "1h" }],
      tls: {
        mode: "verify-full",
        server_name: "orders.example.com",
        ca_cert_file: "/etc/teleport-databases/orders/ca.crt",
      },
      aws: { region: "eu-central-1", rds: { instance_id: "orders" } },
      admin_user: { name: "admin" },
    });
    // `teleport-kube-agent` fails for an entry without uri (_config.tpl).
    assert.equal((valuesOf("one")["databases"] as { uri: string }[])[1]?.uri, "");
    const mounts = valuesOf("one")["extraVolumeMounts"] as { name: string; mountPath: string }[];
    const [{ name } = { name: "" }] = mounts.filter(
      ({ mountPath }) => mountPath === "/etc/teleport-databases/orders",
    );
    const volumes = valuesOf("one")["extraVolumes"] as { name: string; secret?: object }[];
    assert.deepEqual(volumes.find((volume) => volume.name === name)?.secret, {
      secretName: "orders-ca",
      items: [{ key: "ca.crt", path: "ca.crt" }],
    });
  });

  it("make no pod BestEffort", () => {
    for (const part of ["auth", "proxy", "operator"]) {
      const { resources } = valuesOf("teleport")[part] as { resources: { requests: object } };
      assert.deepEqual(Object.keys(resources.requests), ["cpu", "memory"], part);
    }
    const { requests } = valuesOf("one")["resources"] as { requests: object };
    assert.deepEqual(Object.keys(requests), ["cpu", "memory"]);
  });

  it("merge mappings and the lists that the program adds to, and replace others", () => {
    const base = {
      auth: { teleportConfig: { teleport: { storage: { type: "postgresql" } } } },
      extraVolumes: [{ name: "ours" }],
      tolerations: [{ key: "ours" }],
    };
    assert.deepEqual(
      withExtraValues(base, {
        auth: { teleportConfig: { auth_service: { session_recording: "proxy" } } },
        extraVolumes: [{ name: "theirs" }],
        tolerations: [{ key: "theirs" }],
        terminationGracePeriodSeconds: 120,
      }),
      {
        auth: {
          teleportConfig: {
            teleport: { storage: { type: "postgresql" } },
            auth_service: { session_recording: "proxy" },
          },
        },
        extraVolumes: [{ name: "theirs" }, { name: "ours" }],
        tolerations: [{ key: "theirs" }],
        terminationGracePeriodSeconds: 120,
      },
    );
  });
});
