import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { parseDuration } from "../../../../operations/cli/options";
import { countsText, resultText } from "../../../../operations/cli/summary";
import { resolvePending } from "../../../../operations/deploy/pending";
import { Progress } from "../../../../operations/deploy/progress";
import {
  liftedProtections,
  parseAllowance,
  refusals,
  refusalsOf,
  guardOf,
  stillGuarded,
  refusalText,
  refusedDestruction,
  unguarded,
} from "../../../../operations/deploy/protection";
import { backUp } from "../../../../operations/deploy/recover-stack";
import {
  inOrder,
  reversed,
  selectStacks,
  stackOrder,
} from "../../../../operations/deploy/stack-order";
import { addCreatedResources } from "../../../../operations/deploy/take-into-state";
import type { PendingOperation } from "../../../../operations/engine/state";
import { changes, countSteps, StepCollector, type Step } from "../../../../operations/engine/steps";
import { event, fails, urn } from "../engine/events";

function stepsOf(...events: EngineEvent[]) {
  return collected(new StepCollector(), events);
}

function collected(collector: StepCollector, events: readonly EngineEvent[]) {
  events.forEach((item) => collector.add(item));
  return collector.steps;
}

const typeOf = (id: string) => id.split("::")[2]?.split("$").at(-1) ?? "";

const OBJECT = (name: string, spec: object = {}) => ({
  inputs: { metadata: { name }, spec },
});

describe("protection", () => {
  const namespace = urn("kubernetes:core/v1:Namespace")("namespace");
  const certificate = urn(
    "access-plane:components:Certificate",
    "kubernetes:cert-manager.io/v1:Certificate",
  )("certificate");
  const role = urn("kubernetes:resources.teleport.dev/v1:TeleportRoleV7")("role-auditor");
  const user = urn("kubernetes:resources.teleport.dev/v2:TeleportUser")("user-eve");

  it("refuses each protected kind, with its reason", () => {
    const inComponent = (component: string, type: string) =>
      urn(`access-plane:components:${component}`, type)("it");
    const teleport = (kind: string) =>
      inComponent("TeleportResource", `kubernetes:resources.teleport.dev/v1:${kind}`);
    const cases: [string, string][] = [
      ["namespace", namespace],
      ["certificate", certificate],
      ["role", role],
      ["database-credentials", inComponent("DatabaseCredentials", "vault:kv/secretV2:SecretV2")],
      [
        "database-credentials",
        inComponent(
          "DatabaseCredentials$access-plane:components:SyncedSecret",
          "kubernetes:secrets.hashicorp.com/v1beta1:VaultDynamicSecret",
        ),
      ],
      ["load-balancer", inComponent("NetworkLoadBalancer", "aws:lb/loadBalancer:LoadBalancer")],
      ["listener", inComponent("NetworkLoadBalancer", "aws:lb/listener:Listener")],
      ["firewall", inComponent("NetworkLoadBalancer", "aws:ec2/securityGroup:SecurityGroup")],
      [
        "firewall",
        inComponent(
          "NetworkLoadBalancer",
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        ),
      ],
      ["dns", inComponent("DnsRecords", "aws:route53/record:Record")],
      ["teleport", inComponent("TeleportCluster", "kubernetes:helm.sh/v3:Release")],
      ["agent", inComponent("TeleportAgent", "kubernetes:helm.sh/v3:Release")],
      ["vault-access", inComponent("VaultAccess", "vault:index/policy:Policy")],
      [
        "vault-access",
        inComponent("VaultAccess", "vault:kubernetes/authBackendRole:AuthBackendRole"),
      ],
      [
        "vault-access",
        inComponent("VaultAccess", "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth"),
      ],
      [
        "secret",
        inComponent("SyncedSecret", "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret"),
      ],
      [
        "binding",
        inComponent("RbacBindings", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"),
      ],
      [
        "binding",
        inComponent("RbacBindings", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"),
      ],
      ["token", teleport("TeleportProvisionToken")],
      ["connector", teleport("TeleportGithubConnector")],
      ["connector", teleport("TeleportOIDCConnector")],
      ["connector", teleport("TeleportSAMLConnector")],
      ["connector", teleport("TeleportLoginRule")],
      ["role", teleport("TeleportRole")],
      ["user", teleport("TeleportUser")],
      ["bot", teleport("TeleportBotV1")],
      ["access-list", teleport("TeleportAccessList")],
      ["workload-identity", teleport("TeleportWorkloadIdentityV1")],
      ["connector", teleport("TeleportOktaImportRule")],
      ["connector", teleport("TeleportTrustedClusterV2")],
      ["event-handler", inComponent("EventHandler", "kubernetes:helm.sh/v3:Release")],
      ["node-port", inComponent("NodePort", "kubernetes:core/v1:ServicePatch")],
      ["secret", inComponent("SyncedSecret", "kubernetes:core/v1:Secret")],
      ["recordings", inComponent("RecordingsBucket", "aws:s3/bucket:Bucket")],
      ["recordings", inComponent("RecordingsBucket", "aws:s3/bucketVersioning:BucketVersioning")],
      [
        "recordings",
        inComponent("RecordingsBucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
      ],
      ["recordings", inComponent("RecordingsBucket", "aws:s3/bucketPolicy:BucketPolicy")],
    ];
    for (const [kind, id] of cases) {
      for (const op of ["delete", "replace"]) {
        assert.deepEqual(
          refusals(stepsOf(event(op, id, { keys: ["some"] })), []).map((r) => [r.kind, r.action]),
          [[kind, op]],
        );
      }
      assert.deepEqual(refusals(stepsOf(event("update", id), event("create", id)), []), []);
    }
  });

  it("refuses to delete the last target, of any kind", () => {
    const within = (type: string) => urn("access-plane:components:NetworkLoadBalancer", type);
    const kinds = [
      within("aws:lb/targetGroupAttachment:TargetGroupAttachment"),
      within("aws:autoscaling/attachment:Attachment"),
      within("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"),
    ] as const;
    const refused = (events: readonly EngineEvent[], ...flags: string[]) =>
      refusals(stepsOf(...events), flags.map(parseAllowance)).map(({ kind, name }) => [kind, name]);
    for (const kind of kinds) {
      const [gone, other] = [event("delete", kind("a")), kind("b")];
      assert.deepEqual(refused([gone]), [["targets", "a"]]);
      assert.deepEqual(refused([gone, event("delete", other)]).length, 2);
      assert.deepEqual(refused([gone], "targets"), []);
      for (const another of kinds) {
        for (const op of ["same", "create", "update"]) {
          assert.deepEqual(refused([gone, event(op, another("c"))]), [], op);
        }
      }
      // If an update deletes them one by one, only the last one counts.
      const steps = stepsOf(event("same", other), gone);
      const [, deleted] = steps as [Step, Step];
      assert.deepEqual(refusalsOf(deleted, steps, []), []);
      assert.equal(refusalsOf(deleted, [deleted], [])[0]?.kind, "targets");
      const resource = (id: string) => ({ urn: id, type: typeOf(id) });
      const state = { deployment: { resources: [resource(kind("a")), resource(other)] } };
      assert.deepEqual(unguarded(state, []), [], "the engine may delete one of them");
      assert.equal(refusedDestruction(state, []).length, 2);
    }
  });

  it("removes Pulumi's protection only from allowed resources", () => {
    const urn = (type: string, name: string) => `urn:pulumi:prod::access-plane::${type}::${name}`;
    const resource = (type: string, name: string, protect = true) => ({
      ...{ urn: urn(type, name), type, protect },
    });
    const certificate = "kubernetes:cert-manager.io/v1:Certificate";
    const namespace = "kubernetes:core/v1:Namespace";
    const state = {
      deployment: {
        resources: [resource(certificate, "certificate"), resource(namespace, "namespace")],
      },
    };
    const lifted = (...allowed: string[]) => liftedProtections(state, allowed.map(parseAllowance));
    assert.deepEqual(lifted("certificate"), [urn(certificate, "certificate")]);
    assert.deepEqual(lifted("namespace:other"), []);
    assert.equal(lifted("all").length, 2);
  });

  it("makes the engine protect what it must not delete and Pulumi does not protect", () => {
    const id = (type: string, name: string) => `urn:pulumi:prod::access-plane::${type}::${name}`;
    const role = "kubernetes:resources.teleport.dev/v1:TeleportRoleV7";
    const namespace = "kubernetes:core/v1:Namespace";
    const target = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
    const kept = { metadata: { annotations: { "teleport.dev/keep": "true" } } };
    const resource = (type: string, name: string, more = {}) => ({
      ...{ urn: id(type, name), type, ...more },
    });
    const state = {
      deployment: {
        resources: [
          resource(namespace, "namespace", { protect: true }),
          resource(role, "role-auditor"),
          resource(role, "role-kept", { inputs: kept }),
          resource(role, "role-auditor-reconciled", { external: true }),
          resource(target, "target"),
        ],
      },
    };
    // It also names what Pulumi protects. Pulumi's own refusal would name nothing else.
    assert.deepEqual(
      refusedDestruction(state, []).map(({ urn }) => urn),
      [id(namespace, "namespace"), id(role, "role-auditor"), id(target, "target")],
    );
    assert.deepEqual(refusedDestruction(state, [parseAllowance("all")]), []);
    assert.deepEqual(unguarded(state, []), [id(role, "role-auditor")]);
    assert.deepEqual(unguarded(state, [parseAllowance("role:role-auditor")]), []);
  });

  it("leaves the guard of many Teleport resources to the program, but not of those that go", () => {
    const plane = "access-plane:components:AccessPlane$access-plane:components:TeleportResources";
    const kind = (type: string) => `kubernetes:resources.teleport.dev/v1:${type}`;
    const resource = (type: string, name: string, more = {}) => ({
      ...{ urn: `urn:pulumi:prod::access-plane::${plane}$${type}::${name}`, type, ...more },
    });
    const annotations = { "teleport.dev/ignore": "true" };
    const own = [
      resource(kind("TeleportProvisionToken"), "token", { protect: true }),
      resource(kind("TeleportRoleV7"), "ignored", {
        inputs: { metadata: { annotations } },
        protect: true,
      }),
    ];
    const databases = Array.from({ length: 40 }, (_, index) =>
      resource(kind("TeleportDatabaseV3"), `database-${index}`),
    );
    const roles = Array.from({ length: 12 }, (_, index) =>
      resource(kind("TeleportRoleV7"), `role-${index}`),
    );
    const state = { deployment: { resources: [...own, ...databases, ...roles] } };
    const urns = (resources: readonly { urn: string }[]) => resources.map(({ urn }) => urn);
    const guarded = (...events: EngineEvent[]) => {
      const guard = guardOf(state, stepsOf(...events), []);
      return { ...guard, urns: guard.urns.toSorted() };
    };
    assert.deepEqual(guarded(), {
      urns: urns([...databases, ...roles]).toSorted(),
      environment: { ACCESS_PLANE_GUARD: "" },
    });
    const [first = assert.fail(), second = assert.fail()] = roles;
    const moved = guarded(event("replace", first.urn));
    assert.deepEqual(moved.environment, { ACCESS_PLANE_GUARD: "role-0" });
    // The state still protects it as a role; the program does not, so the update can replace it.
    assert.deepEqual(moved.urns, urns([...databases, ...roles]).toSorted());
    const few = guarded(event("replace", first.urn), event("delete", second.urn));
    assert.deepEqual(few, { urns: urns(roles).toSorted(), environment: {} });
    // What a killed update left protected.
    const left = [{ ...databases[0]!, protect: true }, ...own, ...roles];
    assert.deepEqual(
      stillGuarded({ deployment: { resources: left } }),
      urns(databases.slice(0, 1)),
    );
  });

  it("allows the loss of unprotected resources: a target, another release, a role that Teleport keeps", () => {
    const others = [
      urn(
        "access-plane:components:NetworkLoadBalancer",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
      )("target"),
      urn("access-plane:components:Collector", "kubernetes:helm.sh/v3:Release")("events"),
      urn(
        "access-plane:components:DatabaseCredentials",
        "access-plane:components:SyncedSecret",
      )("x"),
    ].map((id) => event("delete", id));
    const left = event(
      "same",
      urn(
        "access-plane:components:NetworkLoadBalancer",
        "aws:autoscaling/attachment:Attachment",
      )("left"),
    );
    const keep = {
      inputs: { metadata: { name: "auditor", annotations: { "teleport.dev/keep": "true" } } },
    };
    assert.deepEqual(
      refusals(stepsOf(...others, left, event("delete", role, { old: keep })), []),
      [],
    );
    // A move to another version replaces the object of the old version.
    const moved = ["create-replacement", "replace", "delete-replaced"] as const;
    const replaced = moved.map((op) => event(op, role, { old: keep }));
    assert.deepEqual(refusals(stepsOf(...replaced), []), []);
  });

  it("lets a rotation replace the database's password", () => {
    const credentials = (type: string) => urn("access-plane:components:DatabaseCredentials", type);
    const password = credentials("random:index/randomPassword:RandomPassword")("password");
    const made = [
      credentials("kubernetes:batch/v1:Job")("database-credentials"),
      credentials("random:index/randomId:RandomId")("database-credentials"),
      credentials("kubernetes:core/v1:Secret")("database-credentials-bootstrap"),
    ];
    const because = (...keys: string[]) => event("replace", password, { keys });
    const refused = (...events: EngineEvent[]) => refusals(stepsOf(...events), []).length;
    const replaced = made.map((id) => event("replace", id));
    assert.equal(refused(because("keepers"), event("delete-replaced", password), ...replaced), 0);
    assert.equal(refused(event("delete-replaced", password)), 0);
    assert.equal(refused(because("keepers", "length")), 1);
    assert.equal(refused(because("provider")), 1);
    assert.equal(refused(event("delete", password)), 1);
    const delivered = credentials("kubernetes:core/v1:Secret")("database-credentials");
    assert.equal(refused(event("replace", delivered)), 1);
    const type = "random:index/randomPassword:RandomPassword";
    const state = { deployment: { resources: [{ urn: password, type }] } };
    assert.deepEqual(unguarded(state, []), []);
  });

  it("accepts --allow by kind and by name, and refuses unknown kinds", () => {
    const steps = stepsOf(
      event("delete", role, { old: OBJECT("auditor") }),
      event("delete", namespace, { old: OBJECT("teleport") }),
    );
    const left = (...flags: string[]) =>
      refusals(steps, flags.map(parseAllowance)).map((r) => r.kind);
    assert.deepEqual(left(), ["role", "namespace"]);
    assert.deepEqual(left("role"), ["namespace"]);
    assert.deepEqual(left("role:auditor"), ["namespace"]);
    assert.deepEqual(left("role:editor"), ["role", "namespace"]);
    assert.deepEqual(left("all"), []);
    assert.throws(
      () => parseAllowance("rolle"),
      fails("USAGE", /certificate, connector, database-credentials/),
    );
  });

  it("names the property that forces a replacement, and the holders of a role", () => {
    const steps = stepsOf(
      event("replace", certificate, { keys: ["metadata.name"], old: OBJECT("teleport-tls") }),
      event("delete", role, { old: OBJECT("auditor") }),
      event("same", user, { new: OBJECT("eve", { roles: ["auditor"] }) }),
    );
    const text = refusalText(refusals(steps, []));
    assert.match(text, /replace Certificate certificate, as metadata\.name changes/);
    assert.match(text, /delete TeleportRoleV7 role-auditor: .*\(named by TeleportUser user-eve\)/);
    assert.match(text, /--allow certificate:teleport-tls --allow role:auditor/);
  });

  it("suggests to allow a kind, instead of many resources one by one", () => {
    const gone = Array.from({ length: 300 }, (_, index) =>
      event("delete", role.replace(/::role-.*$/, `::role-${index}`), {
        old: OBJECT(`of-${index}`),
      }),
    );
    const text = refusalText(
      refusals(stepsOf(event("delete", certificate, { old: OBJECT("teleport-tls") }), ...gone), []),
    );
    assert.match(text, /would delete TeleportRoleV7 role-299/);
    assert.match(text, /add --allow certificate:teleport-tls --allow role$/);
  });

  it("stops at changes that only the refresh of the update finds", () => {
    const read = (id: string, op: string, more: object = {}) => [
      event("refresh", id),
      { resOutputsEvent: event(op, id, more).resourcePreEvent } as EngineEvent,
    ];
    const events = [
      ...read(role, "delete"),
      ...read(certificate, "update", { detailedDiff: { "spec.dnsNames": {} } }),
      ...read(namespace, "same"),
    ];
    // An update with a refresh loses nothing.
    assert.deepEqual(refusals(stepsOf(...events), []), []);
    const steps = collected(new StepCollector(true), events);
    assert.deepEqual(
      steps.map(({ kind, changed }) => [kind, changed]),
      [
        ["delete", []],
        ["update", ["spec.dnsNames"]],
        ["same", []],
      ],
    );
    const plane = "urn:pulumi:prod::access-plane::pulumi:pulumi:StackReference::plane";
    const reads = collected(new StepCollector(true), [
      ...read(`${role}-reconciled`, "delete"),
      ...read(plane, "update"),
    ]);
    assert.equal(reads.length, 2);
    assert.deepEqual(reads.filter(changes), [], "what is only read is nobody's change");
    const changed = steps.filter(changes);
    const report = {
      ...{ stack: "prod", result: "done" as const, reason: "OK" as const, code: 0 },
      ...{ steps: changed, changes: countSteps(changed) },
    };
    const text = resultText("refresh", [report], false);
    assert.match(
      text,
      /delete +TeleportRoleV7 role-auditor\n.*Certificate certificate \[spec\.dns/,
    );
    assert.match(text, /prod: 1 differs, 1 is gone$/);
    assert.equal(countsText({ update: 2, delete: 3 }, "refresh"), "2 differ, 3 are gone");
  });

  it("counts a replacement once, in any form of the engine", () => {
    const steps = stepsOf(
      event("create-replacement", certificate, { keys: ["spec.secretName"] }),
      event("replace", certificate, { keys: ["spec.secretName"] }),
      event("delete-replaced", certificate),
    );
    assert.deepEqual(
      steps.map(({ kind, replaceBecause }) => [kind, replaceBecause]),
      [["replace", ["spec.secretName"]]],
    );
  });
});

describe("recovery", () => {
  const pending = (type: PendingOperation["type"], kind: string, name = "x"): PendingOperation => ({
    type,
    resource: { urn: urn(kind)(name), type: kind },
  });
  const component = (type: string): PendingOperation => ({
    type: "creating",
    resource: { urn: urn(type)("made-of-others"), type, custom: false },
  });
  const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

  it("decides by what exists", async () => {
    const found = await resolvePending(
      [
        pending("updating", DEPLOYMENT),
        pending("deleting", DEPLOYMENT),
        pending("creating", DEPLOYMENT, "made"),
        pending("creating", DEPLOYMENT, "not-made"),
        pending("creating", "vault:index/policy:Policy"),
        pending("creating", "kubernetes:core/v1:ServicePatch"),
        component("access-plane:components:TeleportCluster"),
        pending("creating", "aws:rds/instance:Instance"),
      ],
      [
        ({ urn: id, type }) =>
          Promise.resolve(
            !type.startsWith("kubernetes:")
              ? undefined
              : id.endsWith("::made")
                ? { state: "exists" as const, id: "ns/made" }
                : { state: "absent" as const },
          ),
      ],
    );
    assert.deepEqual(
      found.map(({ action, id }) => [action, id]),
      [
        ["read", undefined],
        ["read", undefined],
        ["import", "ns/made"],
        ["forget", undefined],
        ["forget", undefined],
        ["forget", undefined],
        ["forget", undefined],
        ["decide", undefined],
      ],
    );
  });

  it("adds a created resource to the state in place of the one it replaces", () => {
    const [old, made, other] = ["a::it", "a::it", "a::other"].map((urn) => ({ urn, type: "a" }));
    assert.ok(old && made && other);
    const state = addCreatedResources(
      {
        deployment: {
          resources: [{ ...old, id: "1" }],
          pending_operations: [made, other].map((resource) => ({ type: "creating", resource })),
        },
      },
      new Map([["a::it", "2"]]),
    );
    assert.deepEqual(state.deployment, {
      resources: [
        { ...made, id: "2" },
        { ...old, id: "1", delete: true },
      ],
      pending_operations: [],
    });
  });

  it("adds it before its dependents, and drops what was deleted for it", () => {
    const urn = (name: string) => `urn:pulumi:prod::p::a::${name}`;
    const resource = (name: string, more: object = {}) => ({ urn: urn(name), type: "a", ...more });
    const job = "kubernetes:batch/v1:Job";
    const state = addCreatedResources(
      {
        deployment: {
          resources: [
            resource("parent"),
            resource("provider", { id: "p" }),
            resource("job", { id: "teleport/job", pendingReplacement: true }),
            resource("vault", { id: "v", dependencies: [urn("job")] }),
            resource("secret", { id: "s", propertyDependencies: { spec: [urn("vault")] } }),
          ],
          pending_operations: [
            {
              type: "creating",
              resource: {
                ...resource("job", { parent: urn("parent"), provider: `${urn("provider")}::p` }),
                type: job,
              },
            },
          ],
        },
      },
      new Map([[urn("job"), "teleport/job"]]),
    );
    const { resources = [] } = state.deployment ?? {};
    const names = resources.map((one) => one.urn.split("::").at(-1));
    assert.deepEqual(names, ["parent", "provider", "job", "vault", "secret"]);
    // It is unknown whether it ran to its end.
    assert.deepEqual([resources[2]?.type, resources[2]?.taint], [job, true]);
    assert.equal(resources[2]?.pendingReplacement, undefined);
  });

  it("leaves out dependencies that were not made, which the engine would refuse", () => {
    const needs = ["a::there", "a::not-made"];
    const resource = {
      ...{ urn: "a::it", type: "a", dependencies: needs },
      propertyDependencies: { arn: needs, none: [] },
    };
    const state = addCreatedResources(
      {
        deployment: {
          resources: [{ urn: "a::there", type: "a", id: "1" }],
          pending_operations: [{ type: "creating", resource }],
        },
      },
      new Map([["a::it", "2"]]),
    );
    assert.deepEqual(state.deployment?.resources?.[1], {
      ...{ urn: "a::it", type: "a", id: "2", dependencies: ["a::there"] },
      propertyDependencies: { arn: ["a::there"], none: [] },
    });
  });

  it("writes a copy of the state that only its owner can read", () => {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-backup-"));
    try {
      const file = backUp("prod", { deployment: { resources: [] } }, cwd);
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700);
      assert.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), {
        deployment: { resources: [] },
      });
    } finally {
      fs.rmSync(cwd, { recursive: true });
    }
  });
});

describe("several stacks", () => {
  let cwd: string;
  before(() => {
    cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-stacks-"));
    const plane = (stack: string) => `config:\n  access-plane:plane: { stack: ${stack} }\n`;
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), "config: {}\n");
    fs.writeFileSync(path.join(cwd, "Pulumi.agent-a.yaml"), plane("prod"));
    fs.writeFileSync(path.join(cwd, "Pulumi.agent-b.yaml"), plane("org/access-plane/prod"));
    fs.writeFileSync(path.join(cwd, "Pulumi.other.yaml"), "config: {}\n");
  });
  after(() => fs.rmSync(cwd, { recursive: true }));

  it("are selected by name and pattern", () => {
    assert.deepEqual(selectStacks({ stacks: "agent-*, prod" }, cwd), [
      "agent-a",
      "agent-b",
      "prod",
    ]);
    assert.deepEqual(selectStacks({ stack: "prod" }, cwd), ["prod"]);
    for (const flags of [{}, { stack: "a", stacks: "b" }, { stacks: "x*" }, { stacks: "" }]) {
      assert.throws(() => selectStacks(flags, cwd), fails("USAGE"));
    }
  });

  it("run after their plane, and before it on destroy", () => {
    const stacks = stackOrder(["agent-a", "agent-b", "prod"], cwd);
    const needs = (list: typeof stacks) => list.map((stack) => [stack.name, stack.needs]);
    assert.deepEqual(needs(stacks), [
      ["agent-a", ["prod"]],
      ["agent-b", ["prod"]],
      ["prod", []],
    ]);
    assert.deepEqual(needs(reversed(stacks)), [
      ["agent-a", []],
      ["agent-b", []],
      ["prod", ["agent-a", "agent-b"]],
    ]);
    assert.deepEqual(needs(stackOrder(["agent-a"], cwd)), [["agent-a", []]]);
  });

  it("may not depend on each other in a circle", () => {
    fs.writeFileSync(
      path.join(cwd, "Pulumi.x.yaml"),
      "config:\n  access-plane:plane: { stack: y }\n",
    );
    fs.writeFileSync(
      path.join(cwd, "Pulumi.y.yaml"),
      "config:\n  access-plane:plane: { stack: x }\n",
    );
    assert.throws(() => stackOrder(["x", "y"], cwd), fails("SETTINGS", /x → y → x/));
  });

  it("are skipped if a dependency failed; the others run, a limited number at a time", async () => {
    const stacks = stackOrder(["agent-a", "agent-b", "other", "prod"], cwd);
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const results = await inOrder(
      stacks,
      2,
      async (name) => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        order.push(name);
        return name === "prod" ? "failed" : "done";
      },
      (_, because) => `skipped: ${because}`,
      (result) => result === "done",
    );
    assert.deepEqual(results, ["skipped: prod", "skipped: prod", "done", "failed"]);
    assert.deepEqual(order.sort(), ["other", "prod"]);
    assert.equal(most, 2);
  });
});

describe("progress", () => {
  it("shows counts, what it waits for and why, and the time", () => {
    let now = 0;
    const progress = new Progress("deploying", 2, () => now);
    const release = urn("kubernetes:helm.sh/v3:Release")("teleport");
    progress.add(event("create", release));
    now = 65_000;
    progress.add({
      diagnosticEvent: {
        urn: release,
        severity: "info",
        message: "<{%reset%}>waiting for 1/2 pods",
        color: "",
      },
    } as EngineEvent);
    assert.equal(
      progress.line(),
      "deploying 0/2: creating Release teleport (1 min 5 s): waiting for 1/2 pods, 1 min 5 s",
    );
    const metadata = { urn: release };
    const done = progress.add({ resOutputsEvent: { metadata } } as unknown as EngineEvent);
    assert.equal(done?.text, "created Release teleport (1 min 5 s)");
    assert.equal(progress.line(), "deploying 1/2, 1 min 5 s");
  });

  it("shows durations in readable units", () => {
    assert.deepEqual(
      ["90s", "30m", "1.5h", "1h30m"].map(parseDuration),
      [90_000, 1_800_000, 5_400_000, 5_400_000],
    );
    for (const text of ["", "30", "m", "1d"]) assert.throws(() => parseDuration(text));
  });
});
