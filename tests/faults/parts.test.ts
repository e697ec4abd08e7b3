import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { eventually } from "../engine/eventually";
import type { EngineStack } from "../engine/stack";
import { assertSame, DisturbedPlane, type Objects, type Phase } from "./disturbed-plane";
import { fillDisk, mayMount, pausePart, sealVault, type Resume } from "./stopped-parts";

/** Seconds after its deadline in which a disturbed command must have ended its running steps. */
const GRACE_SECONDS = 90;

interface Case {
  what: string;
  stop: (stack: EngineStack) => Resume | Promise<Resume>;
  phase: Phase;
  flags?: string[];
  codes: number[];
  /** What the error must contain. Undefined if the command may succeed. */
  error?: RegExp;
}

const WAITED = [EXIT.DEADLINE, EXIT.FAILED];
/** In this order, most cases begin in the state in which the one before ends. */
const CASES: Case[] = [
  {
    what: "Vault sealed",
    stop: sealVault,
    ...{ phase: "up", codes: WAITED, error: /sealed/i },
  },
  {
    what: "the Teleport operator stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    // May succeed: the operator's conditions do not name the version of the object.
    ...{ phase: "upgrade", codes: [EXIT.OK, ...WAITED] },
  },
  {
    what: "the Teleport operator stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    ...{ phase: "destroy", codes: WAITED, error: /TeleportRole|TeleportProvisionToken|operator/i },
  },
  {
    what: "the secrets operator stopped",
    stop: (stack) => pausePart(stack, "vault-secrets-operator"),
    ...{ phase: "up", codes: WAITED, error: /VaultStaticSecret|VaultAuth|Secrets Operator/i },
  },
  {
    what: "the issuer stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    ...{ phase: "up", codes: WAITED, error: /certificate/i },
  },
];

/**
 * Stops a server or controller that a deployment needs. The command ends with one clear error within
 * its deadline. Once the part runs again, the next command reaches the undisturbed state.
 */
describe("a deployment while a part of its cluster is stopped", function () {
  let plane: DisturbedPlane;
  const undisturbed: Partial<Record<Phase, Objects>> = {};

  before(async function () {
    // `FAULTS=0` runs only the two crash sequences.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    plane = await DisturbedPlane.start();
    // Gives the Teleport operator something to do in an upgrade.
    plane.changeSettings = (config, upgraded) => {
      const labels = { phase: upgraded ? "new" : "old" };
      const spec = { allow: { app_labels: labels } };
      config["access-plane:resources"] = { roles: { walker: { version: "v7", spec } } };
    };
    for (const phase of ["destroy", "up", "upgrade"] as const) {
      plane.settings(phase);
      if (phase !== "destroy") await plane.command(phase);
      undisturbed[phase] = await plane.objects();
    }
  });
  after(() => (plane as DisturbedPlane | undefined)?.stop());

  /** Asserts that the next command reaches the undisturbed state. */
  const converges = async (phase: Phase) => {
    await plane.command(phase);
    assertSame(await plane.objects(), undisturbed[phase]);
  };
  const disturbed = async ({ stop, phase, flags = [] }: Case) => {
    const deadline = plane.timeLimit(phase);
    const resume = await stop(plane.stack);
    const began = Date.now();
    try {
      const run = await plane.run(phase, "--deadline", `${deadline}s`, ...flags);
      return { ...run, deadline, seconds: (Date.now() - began) / 1000 };
    } finally {
      await resume();
    }
  };

  for (const one of CASES) {
    it(`${one.phase} with ${one.what}: ends in time, and the next command converges`, async () => {
      await plane.prepare(one.phase);
      const { code, output, seconds, deadline } = await disturbed(one);
      const after = `${seconds.toFixed(0)} s, deadline ${deadline} s`;
      process.stdout.write(`      exit code ${String(code)} after ${after}\n`);
      assert.ok(code !== null && one.codes.includes(code), `exit code ${String(code)}\n${output}`);
      assert.ok(seconds < deadline + GRACE_SECONDS, `the command took ${seconds.toFixed(0)} s`);
      if (one.error !== undefined) assert.match(output, one.error);
      await converges(one.phase);
      if (one.phase !== "upgrade") return;
      await eventually(() => {
        const { spec } = plane.stack.teleport("role")["walker"] ?? {};
        assert.deepEqual(spec?.["allow"], { app_labels: { phase: "new" } });
        return Promise.resolve();
      });
    });
  }

  it("up with a full disk of the state: refuses, and changes nothing", async function () {
    if (!mayMount()) {
      process.stdout.write("      skipped: mounting a small disk needs root\n");
      this.skip();
    }
    await plane.prepare("up");
    const before = await plane.objects();
    const { code, output } = await disturbed({
      ...{ what: "full disk", stop: (stack) => fillDisk(stack, 300_000), phase: "up" },
      codes: [],
    });
    assert.equal(code, EXIT.ENVIRONMENT, output);
    assert.match(output, /the disk of the state backend .* has 0\.\d MiB free/);
    assertSame(await plane.objects(), before);
    await converges("up");
  });

  it("an update with PostgreSQL stopped: the preflight checks report that", async () => {
    const phase = await plane.switchSettings();
    const resume = pausePart(plane.stack, "postgres");
    const address = `127.0.0.1:${String(plane.stack.ports["postgres"])}`;
    const update = ["up", "--yes", "--deadline", "2m", "--database-address", address];
    const ended = plane.stack.accessPlane(...update);
    await ended.then(resume, resume);
    const { code, output } = await ended;
    assert.equal(code, EXIT.PREFLIGHT, output);
    assert.match(output, /database\.\w+: .*(PostgreSQL|infra-db|127\.0\.0\.1)/i);
    await converges(phase);
  });
});
