import * as assert from "node:assert/strict";
import { TeleportResources } from "../../../components/teleport-resources";
import type { StatusReader } from "../../../components/support/operator-verdict";
import { recordProgram } from "../../../operations/plan/record-program";
import { planeSchema } from "../../../settings/kinds/plane";
import { ALL_KINDS, apiVersion } from "../../../teleport/resources/kinds";
import type { DeployedRole } from "../../../teleport/resources/role-migration";
import { RESOURCES } from "../../engine/resources-cases";
import { ACCEPTED, longAgo, Plane } from "./mocked-plane";
import { goodSettings, type Sections } from "../settings/fixture";

const typeOf = (kind: (typeof ALL_KINDS)[number]) => `kubernetes:${apiVersion(kind)}:${kind}`;

/** Records only the declared resources. */
async function record(
  resources: Sections,
  deployedRoles: Record<string, DeployedRole> = {},
  statusOf: StatusReader = () => Promise.resolve(ACCEPTED),
  timeoutSeconds = 0,
): Promise<Plane> {
  const settings = planeSchema.parse({ ...goodSettings(), resources });
  const recorded = await recordProgram(
    () =>
      new TeleportResources("teleport-resources", {
        operator: { namespace: "teleport", statusOf },
        resources: settings.resources,
        deployedRoles,
        timeoutSeconds,
      }),
    {
      outputs: (type, _, inputs) => (type.startsWith("kubernetes:") ? longAgo(inputs) : {}),
      call: () => ({}),
    },
    { project: "access-plane", stack: "test" },
  );
  return new Plane(recorded);
}

const metadata = (plane: Plane, kind: (typeof ALL_KINDS)[number], name: string) =>
  plane.one(typeOf(kind), name).inputs["metadata"] as {
    labels?: object;
    annotations?: Record<string, string>;
  };

describe("Teleport resources as components", () => {
  it("become one object each, in the operator's namespace, without additions", async () => {
    const plane = await record(RESOURCES);
    for (const kind of ALL_KINDS) {
      const { inputs } = plane.one(typeOf(kind));
      assert.equal((inputs["metadata"] as { namespace: string }).namespace, "teleport", kind);
      // An empty map would be a change on every update, and an own label would become Teleport's.
      assert.deepEqual(Object.keys(inputs["metadata"] as object), ["name", "namespace"], kind);
    }
    const user = plane.one(typeOf("TeleportUser"), "user-alice");
    assert.deepEqual(user.inputs["spec"], RESOURCES.users.alice.spec);
  });

  it("include the token of a bot with join settings", async () => {
    const join = { method: "kubernetes", serviceAccounts: ["ci:runner", "cd:runner"] };
    const roleArn = "arn:aws:iam::123456789012:role/nightly";
    const plane = await record({
      bots: {
        ci: { spec: { roles: ["kube-admin"] }, join },
        nightly: { spec: { roles: ["kube-admin"] }, join: { method: "iam", roleArn } },
        other: { spec: { roles: ["kube-admin"] } },
      },
    });
    const tokens = plane.all(typeOf("TeleportProvisionToken"));
    assert.deepEqual(
      tokens.map(({ name, inputs }) => [name, inputs["spec"]]),
      [
        [
          "provision-token-ci",
          {
            roles: ["Bot"],
            bot_name: "ci",
            join_method: "kubernetes",
            kubernetes: {
              type: "in_cluster",
              allow: [{ service_account: "ci:runner" }, { service_account: "cd:runner" }],
            },
          },
        ],
        [
          "provision-token-nightly-iam",
          {
            roles: ["Bot"],
            bot_name: "nightly",
            join_method: "iam",
            allow: [
              {
                aws_account: "123456789012",
                aws_arn: "arn:aws:sts::123456789012:assumed-role/nightly/*",
              },
            ],
          },
        ],
      ],
    );
    for (const token of tokens) {
      const bot = token.name.replace(/^provision-token-(.*?)(-iam)?$/, "bot-$1");
      assert.ok(
        plane.waitsFor(token).some((urn) => urn.endsWith(`::${bot}`)),
        token.name,
      );
    }
  });

  it("wait for what they reference: roles, the bot of a token, the owners of a list", async () => {
    const plane = await record(RESOURCES);
    const waits = (kind: (typeof ALL_KINDS)[number]) =>
      plane.waitsFor(plane.one(typeOf(kind))).map((urn) => urn.split("::").at(-1));
    for (const kind of [
      "TeleportUser",
      "TeleportGithubConnector",
      "TeleportOIDCConnector",
      "TeleportSAMLConnector",
      "TeleportBotV1",
      "TeleportAccessList",
      "TeleportTrustedClusterV2",
    ] as const) {
      assert.ok(waits(kind).includes("role-dev"), kind);
    }
    assert.ok(waits("TeleportProvisionToken").includes("bot-ci"));
    assert.ok(waits("TeleportAccessList").includes("user-alice"));
    assert.ok(!waits("TeleportRoleV7").includes("role-role-v8"));
  });

  it("may reference names that are not declared", async () => {
    const users = { alice: { spec: { roles: ["access", "editor"] } } };
    const plane = await record({ presets: [], users });
    const user = plane.one(typeOf("TeleportUser"));
    assert.deepEqual(user.inputs["spec"], { roles: ["access", "editor"] });
  });

  it("may have the name of a JavaScript object's property", async () => {
    const token = { spec: { roles: ["Bot"], bot_name: "constructor", join_method: "iam" } };
    const roles = { constructor: { spec: { allow: {} } } };
    const plane = await record({ presets: [], roles, provisionTokens: { ci: token } });
    assert.equal(plane.one(typeOf("TeleportRoleV8")).name, "role-constructor");
    assert.deepEqual(plane.one(typeOf("TeleportProvisionToken")).inputs["spec"], token.spec);
  });

  it("have labels, description and keep annotation where Teleport's operator reads them", async () => {
    const spec = { uri: "http://grafana" };
    const grafana = { spec, labels: { team: "ops" }, description: "Dashboards", keep: true };
    const plane = await record({ apps: { grafana } });
    const { labels, annotations } = metadata(plane, "TeleportAppV3", "app-grafana");
    assert.deepEqual(labels, { team: "ops" });
    assert.deepEqual(annotations, { description: "Dashboards", "teleport.dev/keep": "true" });
    assert.ok(!plane.one(typeOf("TeleportAppV3")).protect);
  });

  it("protect resources that the operator ignores, and do not wait for them", async () => {
    const read: string[] = [];
    const plane = await record(
      { apps: { grafana: { spec: { uri: "http://x" }, ignore: true } } },
      {},
      (kind) => {
        read.push(kind);
        return Promise.resolve(ACCEPTED);
      },
    );
    const { annotations } = metadata(plane, "TeleportAppV3", "app-grafana");
    assert.deepEqual(annotations, { "teleport.dev/ignore": "true" });
    assert.ok(plane.one(typeOf("TeleportAppV3")).protect);
    assert.deepEqual(read, ["TeleportRoleV7"]);
  });

  it("replace a preset with a declared role of the same name", async () => {
    const plane = await record({ roles: { "kube-admin": { spec: { allow: {} } } } });
    assert.deepEqual(plane.all(typeOf("TeleportRoleV7")), []);
    assert.deepEqual(plane.one(typeOf("TeleportRoleV8")).inputs["spec"], { allow: {} });
  });

  it("keep the old kind, with a mark, at the first step of a role's change of version", async () => {
    const roles = { dev: { version: "v8", spec: { allow: {} } } };
    const plane = await record({ presets: [], roles }, { dev: { version: "v7", keep: false } });
    const { annotations } = metadata(plane, "TeleportRoleV7", "role-dev");
    assert.equal(annotations?.["teleport.dev/keep"], "true");
    assert.deepEqual(plane.all(typeOf("TeleportRoleV8")), []);
  });

  it("are read again until the operator has reported a result", async () => {
    const reads: string[] = [];
    const plane = await record(
      { presets: [], apps: { grafana: { spec: {} } } },
      {},
      (...object) => Promise.resolve(reads.push(object.join("/")) === 2 ? ACCEPTED : undefined),
      0.1,
    );
    assert.deepEqual(reads, Array(2).fill("TeleportAppV3/teleport/grafana"));
    assert.equal(plane.all(typeOf("TeleportAppV3")).length, 1);
  });

  const failing = (...codes: (number | undefined)[]): StatusReader => {
    const left = [...codes];
    return () => {
      if (left.length === 0) return Promise.resolve(ACCEPTED);
      return Promise.reject(Object.assign(new Error("no answer"), { code: left.shift() }));
    };
  };
  const grafana = { presets: [], apps: { grafana: { spec: {} } } };

  it("are read again after the API server failed", async () => {
    for (const code of [undefined, 503, 429]) await record(grafana, {}, failing(code), 0.1);
  });

  it("fail with the API server's words if it refuses to be read, and if it fails to the end", async () => {
    const words = /TeleportAppV3 grafana: the operator's verdict cannot be read: no answer/;
    await assert.rejects(record(grafana, {}, failing(403), 60), words);
    await assert.rejects(record(grafana, {}, failing(503, 503, 503), 0), words);
  });

  const refusals: [string, Sections, object, RegExp][] = [
    [
      "an Enterprise kind that no operator processes",
      { loginRules: { rule: { spec: {} } } },
      {},
      /TeleportLoginRule rule: the operator has not processed it: this kind needs the Enterprise edition/,
    ],
    [
      "an object that no operator processes",
      { apps: { grafana: { spec: {} } } },
      {},
      /TeleportAppV3 grafana: the operator has not processed it: check that it runs and watches/,
    ],
    [
      "a role that something else made",
      { roles: { access: { spec: {} } } },
      {
        conditions: [
          { type: "ValidStructure", status: "True" },
          { type: "TeleportResourceOwned", status: "False", message: "not ours" },
        ],
      },
      /TeleportRoleV8 access: TeleportResourceOwned is False: not ours; something else made/,
    ],
  ];
  for (const [name, resources, status, expected] of refusals) {
    it(`fail with a remedy for ${name}`, async () => {
      const statusOf = () => Promise.resolve(status);
      await assert.rejects(record({ presets: [], ...resources }, {}, statusOf), expected);
    });
  }
});
