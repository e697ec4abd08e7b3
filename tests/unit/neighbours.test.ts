import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { planStack, type PlannedResource } from "../../operations/plan";

/** The plan of a stack file under `examples/`, run as if it lay beside the program. */
async function example(folder: string, stack: string): Promise<PlannedResource[]> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "example-"));
  try {
    fs.cpSync(path.join("examples", folder), cwd, { recursive: true });
    const program = JSON.stringify(path.resolve("index"));
    fs.writeFileSync(path.join(cwd, "index.ts"), `module.exports = require(${program});`);
    return await planStack(stack, { cwd });
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}

const kind = ({ type }: PlannedResource) => type.split(":").at(-1) ?? "";

describe("neighbours of a plane", () => {
  it("a catalogue makes one object an app, in the operator's namespace, and nothing else", async () => {
    const plan = await example("apps", "apps");
    const made = plan.filter(({ step, type }) => step !== undefined && !type.startsWith("pulumi:"));
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

  it("an event handler brings role, bot, token, certificate and release, and no namespace", async () => {
    const plan = await example("event-handler", "event-handler");
    const made = plan.filter(({ step, type }) => step !== undefined && !type.startsWith("pulumi:"));
    assert.deepEqual(made.map(kind).sort(), [
      "Certificate",
      "Release",
      "TeleportBotV1",
      "TeleportProvisionToken",
      "TeleportRoleV8",
    ]);
    const release = made.find((resource) => kind(resource) === "Release");
    const values = release?.inputs["values"] as Record<string, Record<string, unknown>>;
    assert.equal(values["teleport"]?.["address"], "lumie-infra.com:443");
    assert.equal(values["tbot"]?.["token"], "teleport-event-handler");
    // No filter: all events are sent, kube.request among them.
    assert.equal(values["eventHandler"]?.["types"], undefined);
    assert.deepEqual(values["fluentd"]?.["certificate"], {
      secretName: "teleport-event-handler-tls",
      caPath: "ca.crt",
      certPath: "tls.crt",
      keyPath: "tls.key",
    });
  });
});
