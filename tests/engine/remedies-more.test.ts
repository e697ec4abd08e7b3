import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  AutoScalingClient,
  DetachLoadBalancerTargetGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DeleteLoadBalancerCommand,
  DeregisterTargetsCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ModifyLoadBalancerAttributesCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  DeleteBucketEncryptionCommand,
  DeletePublicAccessBlockCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import * as k8s from "@kubernetes/client-node";
import { CHART_VERSION } from "../../teleport/versions";
import { NEXT_MINOR, OLDER, TWO_MAJORS_ON } from "../unit/versions";
import { awsConfig } from "./aws-config";
import { RemediedStack } from "./follow-remedies";
import { awsOf, type Aws } from "./plain-load-balancer";
import type { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const inNamespace = (name: string) => ({ name, namespace: NAMESPACE });
const mergePatch = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
const PORT = 30443;

/** An editor that replaces a text in the file it is given. */
const editor = (from: string, to: string) => ({ EDITOR: `sed -i 's|${from}|${to}|'` });

/** As remedies.test.ts, for faults of the load balancer, versions, AWS and others' objects. */
describe("more remedies of verify, pasted into a shell", () => {
  let remedied: RemediedStack;
  let stack: EngineStack;
  let aws: Aws;
  let core: k8s.CoreV1Api;
  let custom: k8s.CustomObjectsApi;
  let apps: k8s.AppsV1Api;

  before(async () => {
    remedied = await RemediedStack.start();
    ({ stack } = remedied);
    stack.change((config) => {
      config["access-plane:resources"] = {
        users: { alice: { spec: { roles: ["kube-admin"] } } },
      };
    });
    aws = awsOf(stack.env);
    core = stack.kube(k8s.CoreV1Api);
    custom = stack.kube(k8s.CustomObjectsApi);
    apps = stack.kube(k8s.AppsV1Api);
    await stack.up();
  });
  after(() => remedied.stop());

  const follow: RemediedStack["follow"] = (...args) => remedied.follow(...args);
  const hasAws = spawnSync("aws", ["--version"]).status === 0;
  function needsAws(this: Mocha.Context) {
    if (hasAws) return;
    process.stdout.write("      aws is not installed: its commands are not run\n");
    this.skip();
  }

  describe("of the load balancer", () => {
    const group = async () => {
      const { TargetGroups: [found] = [] } = await aws.elb.send(
        new DescribeTargetGroupsCommand({}),
      );
      return found?.TargetGroupArn ?? "";
    };
    const targets = async (TargetGroupArn: string) => {
      const { TargetHealthDescriptions: found = [] } = await aws.elb.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      );
      return found.flatMap(({ Target }) => Target ?? []);
    };

    it("register an instance of the Auto Scaling group that somebody took out", async function () {
      needsAws.call(this);
      const TargetGroupArn = await group();
      const before = await targets(TargetGroupArn);
      const Targets = before.slice(0, 1);
      await aws.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
      // An update sees no drift.
      await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
      await follow(["exposure.targets"]);
      assert.deepEqual((await targets(TargetGroupArn)).length, before.length);
    });

    it("register a target on its port again", async function () {
      needsAws.call(this);
      const TargetGroupArn = await group();
      const [{ Id } = {}] = await targets(TargetGroupArn);
      const Targets = [{ Id, Port: PORT + 1 }];
      await aws.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
      await follow(["exposure.targets"]);
    });

    it("attach the Auto Scaling group again", async () => {
      const scaling = new AutoScalingClient(awsConfig(stack.env));
      const TargetGroupARNs = [await group()];
      await scaling.send(
        new DetachLoadBalancerTargetGroupsCommand({
          AutoScalingGroupName: "lumie-nodes",
          TargetGroupARNs,
        }),
      );
      await follow(["exposure.targets", "drift.none"]);
    });

    it("register a single instance again", async () => {
      const ids = (await targets(await group())).flatMap(({ Id }) => Id ?? []);
      assert.notEqual(ids.length, 0);
      const settings = fs.readFileSync(stack.configFile, "utf8");
      try {
        stack.change((config) => {
          const key = "access-plane:loadBalancer";
          config[key] = { ...(config[key] as object), targets: { instanceIds: ids } };
        });
        await stack.up();
        const TargetGroupArn = await group();
        const Targets = (await targets(TargetGroupArn)).slice(0, 1);
        await aws.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
        await follow(["exposure.targets"]);
      } finally {
        fs.writeFileSync(stack.configFile, settings);
        await stack.up();
      }
    });

    it("make the load balancer and all that hangs on it again", async () => {
      const { LoadBalancers: [balancer] = [] } = await aws.elb.send(
        new DescribeLoadBalancersCommand({ Names: ["teleport"] }),
      );
      const { LoadBalancerArn } = balancer ?? {};
      const Attributes = [{ Key: "deletion_protection.enabled", Value: "false" }];
      await aws.elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
      await aws.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
      await follow(["exposure.load-balancer"]);
      await remedied.verify(0, ["exposure", "dns.records", "drift"]);
    });

    it("give the Service its node port, and its type, again", async () => {
      const service = await core.readNamespacedService(inNamespace("teleport"));
      const ports = service.spec?.ports ?? [];
      const https = ports.findIndex(({ port }) => port === 443);
      await core.patchNamespacedService({
        ...inNamespace("teleport"),
        body: [{ op: "replace", path: `/spec/ports/${String(https)}/nodePort`, value: PORT + 1 }],
      });
      await follow(["exposure.service", "drift.none"]);
      await core.patchNamespacedService({
        ...inNamespace("teleport"),
        body: [
          { op: "replace", path: "/spec/type", value: "ClusterIP" },
          ...ports.flatMap(({ nodePort }, index) =>
            nodePort === undefined
              ? []
              : [{ op: "remove", path: `/spec/ports/${String(index)}/nodePort` }],
          ),
        ],
      });
      await follow(["exposure.service"]);
      await remedied.verify(0, ["exposure", "release", "drift"]);
    });
  });

  describe("of versions", () => {
    const setImage = async (kind: "Deployment" | "StatefulSet", name: string, tag: string) => {
      const read =
        kind === "Deployment"
          ? await apps.readNamespacedDeployment(inNamespace(name))
          : await apps.readNamespacedStatefulSet(inNamespace(name));
      const containers = read.spec?.template.spec?.containers ?? [];
      const body = containers.flatMap(({ image = "" }, index) =>
        /teleport/.test(image)
          ? {
              ...{ op: "replace", path: `/spec/template/spec/containers/${String(index)}/image` },
              value: image.replace(/:[^:]*$/, `:${tag}`),
            }
          : [],
      );
      assert.notEqual(body.length, 0);
      await (kind === "Deployment"
        ? apps.patchNamespacedDeployment({ ...inNamespace(name), body })
        : apps.patchNamespacedStatefulSet({ ...inNamespace(name), body }));
    };

    it("stay with the running version", async () => {
      stack.change((config) => {
        const key = "access-plane:chart";
        config[key] = { ...(config[key] as object), version: TWO_MAJORS_ON };
      });
      await follow(["version.upgrade"], { flags: ["--before"], pick: [0] });
      assert.match(
        fs.readFileSync(stack.configFile, "utf8"),
        new RegExp(`version: .?${CHART_VERSION}`),
      );
    });

    it("give agents and proxies the version of the settings", async () => {
      await setImage("StatefulSet", "teleport-agent", NEXT_MINOR);
      await follow(["version.agents"]);
      await setImage("StatefulSet", "teleport-agent", OLDER);
      await follow(["agent.version"]);
      await setImage("Deployment", "teleport-proxy", OLDER);
      await follow(["cluster.version"]);
      await remedied.verify(0, ["version", "cluster", "agent", "release"]);
    });
  });

  describe("of the bucket and the role of recordings", () => {
    beforeEach(needsAws);
    const Bucket = "lumie-teleport-recordings";

    it("keep versions, encrypt, and block public access", async () => {
      await aws.s3.send(
        new PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: { Status: "Suspended" },
        }),
      );
      await aws.s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
      await aws.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
      await follow(["recordings.bucket"]);
    });

    it("let the role trust the auth pods again", async () => {
      const iam = new IAMClient(awsConfig(stack.env));
      const RoleName = "lumie-teleport-auth";
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
      const PolicyDocument = trust.replaceAll(`${NAMESPACE}:teleport`, "other:other");
      assert.notEqual(PolicyDocument, trust);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      await follow(["recordings.role"]);
    });
  });

  it("create a deleted user again, and revert an edited one", async () => {
    const users = { group: "resources.teleport.dev", version: "v2", plural: "teleportusers" };
    await custom.deleteNamespacedCustomObject({ ...users, ...inNamespace("alice") });
    await follow(["resources.reconciled"]);
    const body = { spec: { roles: ["nobody-has-made-it"] } };
    await custom.patchNamespacedCustomObject(
      { ...users, ...inNamespace("alice"), body },
      mergePatch,
    );
    // An update does not overwrite what somebody else wrote, unless it is told to.
    const commands = await follow(["drift.none", "resources.reconciled"], { pick: [2, 3] });
    assert.match(commands[2] ?? "", /^PULUMI_K8S_ENABLE_PATCH_FORCE=true bin/);
  });

  it("take a secret out of a ConfigMap, and give it a new value", async () => {
    const secret = "dXNlcjpmb3VuZC1pbi1hLWNvbmZpZy1tYXA=";
    const values = (await stack.vault("secret/data/teleport/agent"))["data"] as object;
    await stack.vault("secret/data/teleport/agent", {
      data: { ...values, "zot-basic-auth": secret },
    });
    await core.createNamespacedConfigMap({
      namespace: NAMESPACE,
      body: { metadata: { name: "notes" }, data: { note: `login: ${secret}` } },
    });
    await follow(["secrets.plain"], {
      env: editor(secret, "gone"),
      texts: ["", "bmV3OnZhbHVl"],
    });
    await core.deleteNamespacedConfigMap(inNamespace("notes"));
  });

  it("raise a quota that is used up", async () => {
    await core.createNamespacedResourceQuota({
      namespace: NAMESPACE,
      body: { metadata: { name: "small" }, spec: { hard: { configmaps: "1" } } },
    });
    await follow(["quota.objects"], { env: editor('configmaps: "1"', 'configmaps: "1000"') });
    await core.deleteNamespacedResourceQuota(inNamespace("small"));
  });

  it("take an Argo CD Application away, and leave its objects", async () => {
    const GROUP = "argoproj.io";
    const names = { plural: "applications", kind: "Application" };
    const anything = { type: "object", x_kubernetes_preserve_unknown_fields: true };
    await stack.kube(k8s.ApiextensionsV1Api).createCustomResourceDefinition({
      body: {
        metadata: { name: `applications.${GROUP}` },
        spec: {
          ...{ group: GROUP, scope: "Namespaced", names },
          versions: [
            {
              ...{ name: "v1alpha1", served: true, storage: true },
              schema: { openAPIV3Schema: anything },
            },
          ],
        },
      },
    });
    await core.createNamespace({ body: { metadata: { name: "gitops" } } });
    const application = {
      ...{ apiVersion: `${GROUP}/v1alpha1`, kind: "Application" },
      metadata: {
        name: "teleport",
        namespace: "gitops",
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: { syncPolicy: { automated: {} } },
      status: {
        health: { status: "Healthy" },
        sync: { status: "OutOfSync" },
        resources: [{ kind: "Service", name: "teleport", namespace: NAMESPACE }],
      },
    };
    const create = () =>
      custom.createNamespacedCustomObject({
        ...{ group: GROUP, version: "v1alpha1", namespace: "gitops", plural: "applications" },
        body: application,
      });
    await createOnceServed(create);
    const commands = await follow(["owner.argocd"], { pick: [0, 1, 2] });
    assert.match(commands[3] ?? "", /access-plane adopt/);
    await create();
    await follow(["argocd.applications"]);
    await core.readNamespacedService(inNamespace("teleport"));
  });

  it("unseal Vault", async () => {
    const file = path.join(stack.stateDir, "vault/keys.json");
    const { unsealKey } = JSON.parse(fs.readFileSync(file, "utf8")) as { unsealKey: string };
    await stack.vault("sys/seal", {});
    await follow(["vault.reachable"], { texts: [`${unsealKey}\n`] });
  });
});

/** A new kind is served a moment after its definition. */
async function createOnceServed(create: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await create();
      return;
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
