import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { CHART_VERSION } from "../../../teleport/versions";
import { planStack, type PlannedResource } from "../../../operations/plan/plan-stack";

/** The plan of a stack file under `examples/`, run as if it were beside the program. */
async function example(
  folder: string,
  stack: string,
  change: (config: Record<string, Record<string, unknown>>) => void = () => undefined,
): Promise<PlannedResource[]> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "example-"));
  try {
    fs.cpSync(path.join("examples", folder), cwd, { recursive: true });
    const stackFile = path.join(cwd, `Pulumi.${stack}.yaml`);
    const settings = parse(fs.readFileSync(stackFile, "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    change(settings.config);
    fs.writeFileSync(stackFile, stringify(settings));
    const program = JSON.stringify(path.resolve("index"));
    fs.writeFileSync(path.join(cwd, "index.ts"), `module.exports = require(${program});`);
    return await planStack(stack, { cwd });
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}

const kind = ({ type }: PlannedResource) => type.split(":").at(-1) ?? "";

const AUTH = "teleport-auth.teleport.svc.cluster.local:3025";

describe("other stacks of a plane", () => {
  it("agents that read the plane's outputs are planned as if the plane admitted them", async () => {
    const plan = await example("remote-agent", "remote-agent", (config) => {
      config["access-plane:plane"] = { stack: "organization/access-plane/prod" };
    });
    const release = plan.find((resource) => kind(resource) === "Release");
    const { joinParams, proxyAddr } = release?.inputs["values"] as Record<string, unknown>;
    assert.deepEqual(joinParams, { method: "kubernetes", tokenName: "west" });
    assert.equal(proxyAddr, "<clusterName of the plane>:443");
  });

  it("a catalogue creates one object for each app, in the operator's namespace, and nothing else", async () => {
    const plan = await example("apps", "apps");
    const made = plan.filter(({ type }) => !type.startsWith("pulumi:"));
    assert.deepEqual(
      made
        .map((resource) => [kind(resource), resource.kubernetes?.namespace, resource.name])
        .sort(),
      [
        ["TeleportAppV3", "teleport", "app-orders-db"],
        ["TeleportAppV3", "teleport", "app-wiki"],
      ],
    );
    const wiki = made.find(({ name }) => name === "app-wiki")?.inputs as {
      metadata: { labels: object; annotations: Record<string, string> };
      spec: object;
    };
    assert.deepEqual(wiki.metadata.labels, {
      team: "docs",
      "access-plane/agent": "teleport-agent",
    });
    assert.equal(wiki.metadata.annotations["description"], "The team's wiki");
    assert.deepEqual(wiki.spec, {
      uri: "http://wiki.docs.svc.cluster.local:80",
      public_addr: "wiki.lumie-infra.com",
    });
  });

  it("an event handler creates role, bot, token, certificate and release, but no namespace", async () => {
    const plan = await example("event-handler", "event-handler");
    const made = plan.filter(({ type }) => !type.startsWith("pulumi:"));
    assert.deepEqual(made.map(kind).sort(), [
      "Certificate",
      "Release",
      "TeleportBotV1",
      "TeleportProvisionToken",
      "TeleportRoleV8",
    ]);
    const release = made.find((resource) => kind(resource) === "Release");
    const values = release?.inputs["values"] as Record<string, Record<string, unknown>>;
    assert.equal(values["teleport"]?.["address"], AUTH);
    assert.equal(values["tbot"]?.["teleportAuthAddress"], AUTH);
    assert.equal(values["tbot"]["teleportProxyAddress"], undefined);
    assert.equal(values["tbot"]["token"], "teleport-event-handler");
    // No filter: all events are sent, kube.request among them.
    assert.equal(values["eventHandler"]?.["types"], undefined);
    assert.deepEqual(values["fluentd"]?.["certificate"], {
      secretName: "teleport-event-handler-tls",
      caPath: "ca.crt",
      certPath: "tls.crt",
      keyPath: "tls.key",
    });
  });

  it("an event handler's bot joins by its AWS role; one setting sets token and service account", async () => {
    const roleArn = "arn:aws:iam::123456789012:role/events";
    const plan = await example("event-handler", "event-handler", (config) => {
      Object.assign(config["access-plane:eventHandler"] ?? {}, {
        join: { method: "iam", roleArn },
      });
    });
    const inputs = (type: string) => plan.find((resource) => kind(resource) === type)?.inputs;
    const token = inputs("TeleportProvisionToken");
    assert.deepEqual(token?.["spec"], {
      roles: ["Bot"],
      bot_name: "teleport-event-handler",
      join_method: "iam",
      allow: [
        {
          aws_account: "123456789012",
          aws_arn: "arn:aws:sts::123456789012:assumed-role/events/*",
        },
      ],
    });
    const { tbot } = inputs("Release")?.["values"] as { tbot: Record<string, unknown> };
    const { name } = token["metadata"] as { name: string };
    assert.deepEqual([tbot["joinMethod"], tbot["token"]], ["iam", name]);
    assert.deepEqual(tbot["annotations"], {
      serviceAccount: { "eks.amazonaws.com/role-arn": roleArn },
    });
  });

  it("an event handler and its bot run in the namespaces of the settings", async () => {
    const place = {
      nodeSelector: { pool: "system" },
      tolerations: [{ key: "pool", operator: "Exists" }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } },
    };
    const plan = await example("event-handler", "event-handler", (config) => {
      Object.assign(config["access-plane:eventHandler"] ?? {}, place);
    });
    const release = plan.find((resource) => kind(resource) === "Release");
    const values = release?.inputs["values"] as Record<string, object>;
    for (const pods of [values, values["tbot"]]) {
      assert.deepEqual(pick(pods ?? {}, Object.keys(place)), place);
    }
  });

  it("an event handler runs the image of a digest", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const image = async (images: Record<string, unknown>) => {
      const plan = await example("event-handler", "event-handler", (config) => {
        config["access-plane:images"] = images;
      });
      const release = plan.find((resource) => kind(resource) === "Release");
      return (release?.inputs["values"] as { image: { tag?: string } }).image;
    };
    const { tag } = await image({ digests: { eventHandler: digest } });
    assert.equal(tag, `${CHART_VERSION}@${digest}`);
    assert.ok(!("tag" in (await image({ digests: { tbot: digest } }))));
  });

  it("load charts from any folder", async () => {
    const chart = async (folder: string) => {
      const plan = await example("event-handler", "event-handler", (config) => {
        config["access-plane:chart"] = { path: folder };
      });
      return plan.find((resource) => kind(resource) === "Release")?.inputs["chart"];
    };
    assert.equal(await chart("charts"), "./charts/teleport-plugin-event-handler");
    assert.equal(await chart("/srv/charts/"), "/srv/charts/teleport-plugin-event-handler");
  });
});

const pick = (from: object, keys: string[]) =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
