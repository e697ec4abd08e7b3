import * as assert from "node:assert/strict";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { runChecks } from "../../../../operations/verify/run";
import type { Loose } from "./fakes";
import { makePki, makeWorld, object, withHeaders, type Pki, type World } from "./world";

const DATABASE = "infra-db-credentials";
const CHANGED = "2026-01-01T01:00:00Z";

/** Pods that read a Secret only at their start, if it has changed since then. */
describe("secrets.loaded", () => {
  let pki: Pki;
  let world: Awaited<ReturnType<typeof makeWorld>>;
  before(async () => {
    pki = await makePki("lumie-infra.com");
  });
  beforeEach(async () => {
    world = await makeWorld(pki);
  });
  afterEach(() => world.stop());

  /** The operator delivers another value. */
  const change = (secret: string, time: string | Date = CHANGED) => {
    const { managedFields } = world.kubernetes.find("Secret", secret)["metadata"] as Loose;
    managedFields[0].time = time;
  };
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const pods = (name: string) => [0, 1].map((i) => world.kubernetes.find("Pod", `${name}-${i}`));
  const rendered = (to: World) => {
    to.context.settings.agents = withHeaders(to.settings.agents, "rendered");
  };
  const result = async () => {
    const [found] = await runChecks(CHECKS, world.context, { only: ["secrets.loaded"] });
    assert.ok(found !== undefined);
    return found;
  };

  it("names the pods, the Secret and when it changed, and restarts them", async () => {
    change(DATABASE);
    const { state, seen, remedy } = await result();
    assert.equal(state, "failed");
    assert.equal(
      seen,
      "release teleport: teleport-auth-0, teleport-auth-1 started before Secret infra-db-credentials changed (2026-01-01T01:00:00Z)",
    );
    assert.equal(
      remedy,
      "`kubectl --context lumie rollout restart deployment/teleport-auth -n teleport`",
    );
  });

  it("looks at the init container of agents that render headers, whatever restarts beside it", async () => {
    rendered(world);
    change("teleport-agent-credentials");
    for (const pod of pods("teleport-agent")) {
      pod["status"].containerStatuses[0].state.running.startedAt = ago(1);
    }
    const { state, seen, remedy } = await result();
    assert.equal(state, "failed");
    assert.match(
      seen,
      /^release teleport-agent: teleport-agent-0, teleport-agent-1 started before/,
    );
    assert.equal(
      remedy,
      "`kubectl --context lumie rollout restart statefulset/teleport-agent -n teleport`",
    );
  });

  it("leaves out agents whose sidecar reads the Secret at each request", async () => {
    change("teleport-agent-credentials");
    assert.equal((await result()).state, "ok");
  });

  it("looks at the operator, which reads the Secrets of connectors when it starts", async () => {
    const clientSecret = { path: "teleport/github", key: "secret" };
    world.context.settings.resources.githubConnectors = { github: { clientSecret } } as never;
    world.kubernetes.objects.push(
      object("v1", "Secret", "github-connector-github", {
        metadata: { creationTimestamp: CHANGED },
      }),
    );
    const { state, remedy } = await result();
    assert.equal(state, "failed");
    assert.equal(
      remedy,
      "`kubectl --context lumie rollout restart deployment/teleport-operator -n teleport`",
    );
    const made = (creationTimestamp: string) =>
      object("resources.teleport.dev/v3", "TeleportGithubConnector", "github", {
        metadata: { creationTimestamp },
      });
    world.kubernetes.objects.push(made("2026-01-01T00:59:59Z"));
    assert.equal((await result()).state, "failed", "made before the last change");
    world.kubernetes.objects.splice(-1, 1, made("2026-01-01T01:00:11Z"));
    assert.equal((await result()).state, "ok", "made after the last change");
  });

  it("accepts a container that has started again since, and reads its environment anew", async () => {
    change(DATABASE);
    for (const pod of pods("teleport-auth")) {
      pod["status"].containerStatuses[0].state.running.startedAt = ago(1);
    }
    assert.equal((await result()).state, "ok");
  });

  it("accepts a pod that the API server made later, though its node's clock is behind", async () => {
    change(DATABASE);
    for (const pod of pods("teleport-auth")) pod["metadata"].creationTimestamp = CHANGED;
    assert.equal((await result()).state, "ok");
  });

  it("leaves out pods that have ended and stay listed", async () => {
    change(DATABASE);
    for (const pod of pods("teleport-auth")) pod["status"].phase = "Failed";
    assert.equal((await result()).state, "ok");
  });

  const UNDER_WAY: Record<string, () => void> = {
    "the rollout is under way": () => {
      change(DATABASE);
      world.kubernetes.find("Deployment", "teleport-auth")["status"].updatedReplicas = 1;
    },
    "old pods remain in addition to all new ones": () => {
      change(DATABASE);
      world.kubernetes.find("Deployment", "teleport-auth")["status"].replicas = 3;
    },
    "the controller has not seen the restart": () => {
      change(DATABASE);
      world.kubernetes.find("Deployment", "teleport-auth")["metadata"].generation = 2;
    },
    "the old pods are ending": () => {
      change(DATABASE);
      for (const pod of pods("teleport-auth")) pod["metadata"].deletionTimestamp = new Date();
    },
    "the operator delivered half a minute ago": () => change(DATABASE, ago(30)),
    "an update delivered five minutes ago": () => {
      world.context.settings.vault.delivery = "pulumi";
      change(DATABASE, ago(300));
    },
  };
  for (const [title, breaks] of Object.entries(UNDER_WAY)) {
    it(`is no failure while ${title}`, async () => {
      breaks();
      const { state, seen, remedy } = await result();
      assert.equal(state, "warning", seen);
      assert.match(seen, /; a restart is under way$/);
      assert.match(
        remedy,
        /^`kubectl --context lumie rollout status deployment\/teleport-auth -n teleport` /,
      );
    });
  }

  it("fails when the operator has not restarted them after a minute, an update after ten", async () => {
    change(DATABASE, ago(70));
    assert.equal((await result()).state, "failed");
    world.context.settings.vault.delivery = "pulumi";
    change(DATABASE, ago(660));
    assert.equal((await result()).state, "failed");
  });
});
