import * as assert from "node:assert/strict";
import { ACCEPTED, Plane, recordPlane } from "./mocked-plane";
import { SECRET } from "../../../operations/base/redact";
import { REVISION } from "../../../teleport/names";
import { CHART_VERSION } from "../../../teleport/versions";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const VSS = "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret";

/** A nested value of untyped inputs. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
}

describe("the reference plane", () => {
  let plane: Plane;
  before(async () => {
    plane = await recordPlane("prod");
  });

  it("has one AccessPlane as root, and each child below its component", () => {
    const top = plane.one("access-plane:components:AccessPlane");
    for (const resource of plane.resources) {
      if (resource === top || resource.type.startsWith("pulumi:")) continue;
      const chain = new Set<string>();
      for (let urn = resource.parent; urn !== "" && !chain.has(urn);) {
        chain.add(urn);
        urn = plane.resources.find((candidate) => candidate.urn === urn)?.parent ?? "";
      }
      assert.ok(chain.has(top.urn), resource.urn);
      const alone = /^access-plane:|:core\/v1:Namespace$|:TeleportProvisionToken$/;
      if (!alone.test(resource.type)) {
        assert.notEqual(resource.parent, top.urn, `${resource.urn} has no component of its own`);
      }
    }
  });

  it("records its settings in the state, but not those that may be thousands of objects", () => {
    const { inputs } = plane.one("access-plane:components:AccessPlane");
    assert.equal(inputs["clusterName"], "lumie-infra.com");
    assert.deepEqual([inputs["apps"], inputs["resources"]], [undefined, undefined]);
  });

  it("uses the explicit provider of each API, and no default provider", () => {
    for (const { type, provider, urn } of plane.resources) {
      const [family = ""] = type.split(":");
      if (!["kubernetes", "vault", "aws", "random"].includes(family)) continue;
      assert.match(provider, new RegExp(`pulumi:providers:${family}::${family}$`), urn);
    }
  });

  it("protects the namespace and labels it for Pod Security", () => {
    const namespace = plane.one("kubernetes:core/v1:Namespace");
    assert.equal(namespace.protect, true);
    assert.deepEqual(namespace.inputs["metadata"], {
      name: "teleport",
      labels: {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
      },
    });
  });

  it("requests apex and wildcard, and waits until the certificate is Ready", () => {
    const { inputs } = plane.one("kubernetes:cert-manager.io/v1:Certificate");
    assert.equal(at(inputs, "metadata", "name"), "teleport-tls");
    // The last is false for an object that the provider read before it was written.
    assert.deepEqual(
      JSON.parse(String(at(inputs, "metadata", "annotations", "pulumi.com/waitFor"))),
      [
        'jsonpath={$.status.conditions[?@.type=="Ready"&&@.status=="True"&&' +
          "@.observedGeneration==$.metadata.generation]}",
        "jsonpath={$.metadata.annotations['pulumi.com/timeoutSeconds']}=600",
      ],
    );
    assert.deepEqual(at(inputs, "spec", "dnsNames"), ["lumie-infra.com", "*.lumie-infra.com"]);
    assert.deepEqual(at(inputs, "spec", "issuerRef"), {
      name: "letsencrypt",
      kind: "ClusterIssuer",
      group: "cert-manager.io",
    });
  });

  it("allows exactly the two paths in Vault's policy", () => {
    const { inputs } = plane.one("vault:index/policy:Policy");
    assert.deepEqual(String(inputs["policy"]).match(/path "[^"]+"|capabilities = .*/g), [
      'path "secret/data/infra-db/teleport"',
      'capabilities = ["read"]',
      'path "secret/data/teleport/agent"',
      'capabilities = ["read"]',
    ]);
  });

  it("binds Vault's role to one service account, one namespace and one audience", () => {
    const { inputs } = plane.one("vault:kubernetes/authBackendRole:AuthBackendRole");
    assert.deepEqual(inputs["boundServiceAccountNames"], ["teleport-vault"]);
    assert.deepEqual(inputs["boundServiceAccountNamespaces"], ["teleport"]);
    assert.equal(inputs["audience"], "vault");
    assert.deepEqual(inputs["tokenPolicies"], ["teleport-prod"]);
    const auth = plane.one("kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth");
    assert.deepEqual(at(auth.inputs, "spec", "kubernetes"), {
      role: "teleport-prod",
      serviceAccount: "teleport-vault",
      audiences: ["vault"],
    });
  });

  it("syncs the existing path into infra-db-credentials, and restarts the auth pods", () => {
    const { inputs } = plane.one(VSS, "database-credentials");
    assert.equal(at(inputs, "spec", "path"), "infra-db/teleport");
    assert.equal(at(inputs, "spec", "destination", "name"), "infra-db-credentials");
    assert.deepEqual(at(inputs, "spec", "rolloutRestartTargets"), [
      { kind: "Deployment", name: "teleport-auth" },
    ]);
    const transformation = at(inputs, "spec", "destination", "transformation");
    assert.equal(at(transformation, "excludeRaw"), true);
    assert.deepEqual(Object.keys(at(transformation, "templates") as object).sort(), [
      "password",
      "username",
    ]);
  });

  it("installs the cluster only after credentials and certificate", () => {
    const release = plane.one(RELEASE, "teleport");
    const before = plane.waitsFor(release);
    for (const type of ["VaultStaticSecret::database-credentials", "Certificate::certificate"]) {
      assert.ok(
        before.some((urn) => urn.endsWith(type)),
        type,
      );
    }
    assert.equal(release.inputs["chart"], "teleport-cluster");
    assert.equal(release.inputs["version"], CHART_VERSION);
    assert.equal(release.inputs["atomic"], true);
  });

  it("sets node port 30443 after the release, and passes it to the target group", () => {
    const patch = plane.one("kubernetes:core/v1:ServicePatch");
    assert.ok(plane.waitsFor(patch).some((urn) => urn.endsWith(`${RELEASE}::teleport`)));
    assert.deepEqual(at(patch.inputs, "spec", "ports"), [
      { port: 443, protocol: "TCP", nodePort: 30443 },
    ]);
    const group = plane.one("aws:lb/targetGroup:TargetGroup");
    assert.equal(group.inputs["port"], 30443);
    assert.ok(group.dependencies.includes(patch.urn));
  });

  it("creates the token and the role after the operator runs", () => {
    const token = plane.one("kubernetes:resources.teleport.dev/v2:TeleportProvisionToken");
    assert.equal(at(token.inputs, "metadata", "name"), "teleport-agent");
    assert.deepEqual(at(token.inputs, "spec", "kubernetes"), {
      type: "in_cluster",
      allow: [{ service_account: "teleport:teleport-agent" }],
    });
    const role = plane.one("kubernetes:resources.teleport.dev/v1:TeleportRoleV7");
    assert.equal(at(role.inputs, "metadata", "name"), "kube-admin");
    assert.deepEqual(at(role.inputs, "spec", "allow", "app_labels"), { "*": ["*"] });
    assert.deepEqual(at(role.inputs, "spec", "allow", "kubernetes_labels"), { "*": ["*"] });
    for (const resource of [token, role]) {
      assert.ok(plane.waitsFor(resource).some((urn) => urn.endsWith(`${RELEASE}::teleport`)));
      assert.equal(at(resource.inputs, "metadata", "labels"), undefined);
    }
  });

  it("installs the agent only after its token and its credentials", () => {
    const agent = plane.one(RELEASE, "teleport-agent");
    const before = plane.waitsFor(agent);
    for (const end of [
      "TeleportProvisionToken::teleport-agent-token",
      "::teleport-agent-credentials",
    ]) {
      assert.ok(
        before.some((urn) => urn.endsWith(end)),
        end,
      );
    }
    assert.equal(at(agent.inputs, "values", "joinParams", "tokenName"), "teleport-agent");
    assert.equal(at(agent.inputs, "values", "insecureSkipProxyTLSVerify"), true);
    assert.equal(
      at(agent.inputs, "values", "proxyAddr"),
      "teleport.teleport.svc.cluster.local:443",
    );
  });

  it("opens the nodes' node port only to the load balancer's security group", () => {
    const rule = plane.one(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "load-balancer-nodes",
    );
    assert.equal(rule.inputs["securityGroupId"], "sg-nodes");
    assert.equal(rule.inputs["fromPort"], 30443);
    assert.equal(rule.inputs["toPort"], 30443);
    assert.equal(rule.inputs["cidrIpv4"], undefined);
    assert.equal(rule.inputs["referencedSecurityGroupId"], "load-balancer-id");
  });

  it("checks the proxy's health endpoint, and keeps client addresses", () => {
    const { inputs } = plane.one("aws:lb/targetGroup:TargetGroup");
    assert.equal(inputs["preserveClientIp"], "true");
    assert.equal(inputs["proxyProtocolV2"], false);
    assert.equal(at(inputs, "healthCheck", "protocol"), "HTTPS");
    assert.equal(at(inputs, "healthCheck", "path"), "/webapi/ping");
  });

  it("points apex and wildcard to the load balancer", () => {
    const records = plane.all("aws:route53/record:Record");
    assert.deepEqual(
      records.map((record) => [record.inputs["name"], at(record.inputs, "aliases", 0, "name")]),
      [
        ["lumie-infra.com", "nlb.example.com"],
        ["*.lumie-infra.com", "nlb.example.com"],
      ],
    );
  });

  it("registers no secret value in plain text", () => {
    assert.doesNotMatch(JSON.stringify(plane.resources), /generated-password|kv-password|kv-token/);
  });
});

describe("guardrails of plain pulumi", () => {
  const guarded = [
    "Namespace namespace",
    "Certificate certificate",
    "VaultStaticSecret database-credentials",
    "Release teleport",
    "LoadBalancer load-balancer",
    "TeleportProvisionToken teleport-agent-token",
  ];
  const protectedBy = (plane: Plane) =>
    plane.resources
      .filter(({ protect }) => protect)
      .map(({ type, name }) => `${type.split(":").pop() ?? ""} ${name}`);

  it("protect resources that a plane cannot lose, with one setting", async () => {
    const plane = await recordPlane("prod");
    assert.deepEqual(protectedBy(plane).sort(), [...guarded].sort());
    const lifted = await recordPlane("prod", ({ namespace }) => (namespace.protect = false));
    assert.deepEqual(protectedBy(lifted), []);
  });

  it("identify the cluster by its own id, not by a context or an address", async () => {
    const { inputs } = (await recordPlane("prod")).one("pulumi:providers:kubernetes");
    assert.equal(inputs["clusterIdentifier"], "access-plane");
  });

  it("name policy and role in Vault after namespace and stack", async () => {
    const plane = await recordPlane("prod");
    assert.equal(plane.one("vault:index/policy:Policy").inputs["name"], "teleport-prod");
    const role = plane.one("vault:kubernetes/authBackendRole:AuthBackendRole");
    assert.equal(role.inputs["roleName"], "teleport-prod");
    const auth = plane.one("kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth");
    assert.equal(at(auth.inputs, "metadata", "name"), "teleport");
  });
});

describe("targets of the load balancer", () => {
  const withTargets = (targets: object) =>
    recordPlane("prod", ({ loadBalancer }) => {
      if (loadBalancer !== undefined) loadBalancer.targets = targets;
    });
  const ATTACHMENT = "aws:autoscaling/attachment:Attachment";
  const BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding";

  it("may be several Auto Scaling groups", async () => {
    const plane = await withTargets({ autoScalingGroups: ["a", "b"] });
    const names = plane.all(ATTACHMENT).map(({ inputs }) => inputs["autoscalingGroupName"]);
    assert.deepEqual(names, ["a", "b"]);
  });

  it("have a target group for each kind, and the listener waits for all of it", async () => {
    const kinds: [object, string, string, number][] = [
      [{ autoScalingGroups: ["a", "b"] }, "load-balancer-groups", ATTACHMENT, 2],
      [
        { instanceIds: ["i-1", "i-2"] },
        "load-balancer-instances",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        2,
      ],
      [{ targetGroupBinding: "instance" }, "load-balancer-nodes", BINDING, 1],
      [{ targetGroupBinding: "ip" }, "load-balancer-pods", BINDING, 1],
    ];
    for (const [targets, name, type, count] of kinds) {
      const plane = await withTargets(targets);
      assert.equal(plane.one("aws:lb/targetGroup:TargetGroup").name, name);
      const registered = plane.all(type);
      assert.equal(registered.length, count);
      const waits = plane.waitsFor(plane.one("aws:lb/listener:Listener"));
      for (const { urn } of registered) assert.ok(waits.includes(urn.split("$").pop() ?? ""), urn);
    }
  });

  it("have the same names in the state, alone or among several", async () => {
    const names = async (targets: object) =>
      (await withTargets(targets)).all(ATTACHMENT).map(({ name }) => name);
    const several = await names({ autoScalingGroups: ["a", "b"] });
    assert.deepEqual(several, ["load-balancer-a", "load-balancer-b"]);
    assert.deepEqual(await names({ autoScalingGroup: "b" }), ["load-balancer-b"]);
  });

  for (const targetGroupBinding of ["instance", "ip"] as const) {
    it(`may be managed by the AWS load balancer controller: ${targetGroupBinding}`, async () => {
      const plane = await withTargets({ targetGroupBinding });
      const binding = plane.one(BINDING);
      assert.equal(at(binding.inputs, "spec", "targetType"), targetGroupBinding);
      const group = plane.one("aws:lb/targetGroup:TargetGroup");
      assert.equal(group.inputs["targetType"], targetGroupBinding);
      const rule = plane.one(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        targetGroupBinding === "ip" ? "load-balancer-pods" : "load-balancer-nodes",
      );
      assert.equal(rule.inputs["fromPort"], targetGroupBinding === "ip" ? 3080 : 30443);
      const peers = targetGroupBinding === "ip" ? "pods" : "nodes";
      assert.equal(at(binding.inputs, "metadata", "name"), `load-balancer-${peers}-1a`);
      assert.deepEqual(plane.all(ATTACHMENT), []);
    });
  }
});

describe("variants of the plane", () => {
  it("generated: the password is a secret until it is in Vault, and a Job prepares the database", async () => {
    const plane = await recordPlane("prod", (settings) => {
      settings.database.credentials = {
        source: "generated",
        path: "teleport/database",
        rotation: "1",
        bootstrap: { adminSecret: "infra-db-admin", image: "postgres:15-alpine" },
      };
    });
    const stored = plane.one("vault:kv/secretV2:SecretV2");
    assert.deepEqual(stored.secretInputs, ["dataJson"]);
    assert.equal(stored.inputs["dataJson"], SECRET);
    const job = plane.one("kubernetes:batch/v1:Job");
    const release = plane.one(RELEASE, "teleport");
    assert.ok(plane.waitsFor(release).includes(job.urn.split("$").pop() ?? ""));
    assert.doesNotMatch(JSON.stringify(plane.resources), /generated-password/);
  });

  it("static role: Vault itself rotates the password of the login role", async () => {
    const plane = await recordPlane("prod", ({ database }) => {
      database.credentials = {
        ...{ source: "static-role", mount: "database", connection: "infra-db", role: "teleport" },
        rotationPeriodSeconds: 86_400,
      };
    });
    const role = plane.one("vault:database/secretBackendStaticRole:SecretBackendStaticRole");
    assert.equal(role.inputs["username"], "teleport");
    const synced = plane.one(VSS, "database-credentials");
    assert.equal(at(synced.inputs, "spec", "type"), "kv-v1");
    assert.equal(at(synced.inputs, "spec", "refreshAfter"), "10s");
    assert.equal(at(synced.inputs, "spec", "path"), "static-creds/teleport");
    assert.match(
      String(plane.one("vault:index/policy:Policy").inputs["policy"]),
      /path "database\/static-creds\/teleport"/,
    );
  });

  it("delivery by Pulumi: the value of the Secret is secret", async () => {
    const plane = await recordPlane("prod", (settings) => {
      settings.vault.delivery = "pulumi";
      for (const agent of Object.values(settings.agents)) {
        delete agent.credentials;
        for (const app of agent.apps) app.rewrite.headers = [];
      }
    });
    const secret = plane.one("kubernetes:core/v1:Secret");
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.deepEqual(
      plane.resources.filter(({ type }) => /secrets\.hashicorp\.com|vault:/.test(type)),
      [],
    );
    assert.doesNotMatch(JSON.stringify(plane.resources), /kv-password/);
  });

  it("enterprise: the release waits for the licence", async () => {
    const plane = await recordPlane("prod", (settings) => {
      settings.teleport.edition = "enterprise";
      settings.teleport.licensePath = "teleport/license";
    });
    const release = plane.one(RELEASE, "teleport");
    assert.ok(plane.waitsFor(release).some((urn) => urn.endsWith("VaultStaticSecret::license")));
    assert.equal(at(release.inputs, "values", "enterprise"), true);
    assert.equal(at(release.inputs, "values", "licenseSecretName"), "license");
  });

  it("enterprise: a new licence restarts the auth pods, which read it at start", async () => {
    const licensed = (delivery: "operator" | "pulumi") =>
      recordPlane("prod", (settings) => {
        Object.assign(settings.teleport, {
          edition: "enterprise",
          licensePath: "teleport/license",
        });
        settings.vault.delivery = delivery;
        settings.agents = {};
      });
    const byOperator = await licensed("operator");
    assert.deepEqual(at(byOperator.one(VSS, "license").inputs, "spec", "rolloutRestartTargets"), [
      { kind: "Deployment", name: "teleport-auth" },
    ]);
    const byPulumi = await licensed("pulumi");
    const revisions = byPulumi.all("random:index/randomId:RandomId").map(({ urn }) => urn);
    assert.deepEqual(revisions.map((urn) => urn.split("::").at(-1)).sort(), [
      "database-credentials",
      "license",
    ]);
    const release = byPulumi.one(RELEASE, "teleport");
    assert.equal(
      at(release.inputs, "values", "auth", "annotations", "pod", REVISION),
      "c0ffee.c0ffee",
    );
  });

  it("PROXY protocol: target group and health check have it too", async () => {
    const plane = await recordPlane("prod", (settings) => {
      settings.teleport.proxyProtocol = "on";
      if (settings.loadBalancer !== undefined) settings.loadBalancer.proxyProtocolV2 = true;
    });
    const { inputs } = plane.one("aws:lb/targetGroup:TargetGroup");
    assert.equal(inputs["proxyProtocolV2"], true);
    assert.equal(at(inputs, "healthCheck", "protocol"), "TCP");
  });

  it("private issuer: proxies, auth pods and agents trust its authority", async () => {
    const plane = await recordPlane("prod", ({ certificate, agents }) => {
      certificate.caSecretName = "private-ca";
      for (const agent of Object.values(agents)) agent.insecureSkipProxyTLSVerify = false;
    });
    for (const release of plane.all(RELEASE)) {
      assert.equal(at(release.inputs, "values", "tls", "existingCASecretName"), "private-ca");
    }
    const unverified = await recordPlane("prod", ({ certificate }) => {
      certificate.caSecretName = "private-ca";
    });
    const agent = unverified.one(RELEASE, "teleport-agent");
    assert.equal(at(agent.inputs, "values", "tls"), undefined);
  });

  it("no load balancer: no AWS resources", async () => {
    const plane = await recordPlane("prod", (settings) => {
      delete settings.loadBalancer;
      delete settings.aws;
    });
    assert.deepEqual(
      plane.resources.filter(({ type }) => type.includes("aws")).map(({ urn }) => urn),
      [],
    );
  });

  it("instances by tag: one attachment each, at the node port", async () => {
    const plane = await recordPlane("prod", ({ loadBalancer }) => {
      if (loadBalancer !== undefined) loadBalancer.targets = { instanceTags: { role: "node" } };
    });
    const attachments = plane.all("aws:lb/targetGroupAttachment:TargetGroupAttachment");
    assert.deepEqual(
      attachments.map(({ inputs }) => [inputs["targetId"], inputs["port"]]),
      [
        ["i-1", 30443],
        ["i-2", 30443],
      ],
    );
  });

  it("a refusal fails the update with the operator's message", async () => {
    const refused = {
      type: "SuccessfullyReconciled",
      status: "False",
      message: "role is not valid",
    };
    const conditions = [...(ACCEPTED.conditions ?? []).slice(0, 2), refused];
    await assert.rejects(
      recordPlane("sandbox", undefined, undefined, (kind) =>
        Promise.resolve(kind === "TeleportRoleV7" ? { conditions } : ACCEPTED),
      ),
      /kube-admin: SuccessfullyReconciled is False: role is not valid; correct/,
    );
  });
});
