import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import { eventually } from "../engine/eventually";
import type { EngineStack } from "../engine/stack";
import { assertSame, DisturbedPlane, type Objects, type Phase } from "./disturbed-plane";
import { fillDisk, mayMount, pausePart, sealVault, type GoOn } from "./stopped-parts";

/** How much longer than its deadline a disturbed command may take, to end its running steps. */
const GRACE_SECONDS = 90;

interface Case {
  what: string;
  stop: (stack: EngineStack) => GoOn | Promise<GoOn>;
  phase: Phase;
  flags?: string[];
  codes: number[];
  /** What the error must name; undefined where the command may end well. */
  told?: RegExp;
}

const WAITED = [EXIT.DEADLINE, EXIT.FAILED];
/** In this order most of them begin where the one before ends. */
const CASES: Case[] = [
  {
    what: "Vault sealed",
    stop: sealVault,
    ...{ phase: "up", codes: WAITED, told: /sealed/i },
  },
  {
    what: "the Teleport operator stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    // Its conditions do not tell which version of an object they are about.
    ...{ phase: "upgrade", codes: [EXIT.OK, ...WAITED] },
  },
  {
    what: "the Teleport operator stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    ...{ phase: "destroy", codes: WAITED, told: /TeleportRole|TeleportProvisionToken|operator/i },
  },
  {
    what: "the secrets operator stopped",
    stop: (stack) => pausePart(stack, "vault-secrets-operator"),
    ...{ phase: "up", codes: WAITED, told: /VaultStaticSecret|VaultAuth|Secrets Operator/i },
  },
  {
    what: "the issuer stopped",
    stop: (stack) => pausePart(stack, "controllers"),
    ...{ phase: "up", codes: WAITED, told: /certificate/i },
  },
];

/**
 * A server or controller that a deployment needs is stopped. The command ends with one clear error
 * within its deadline; the next command comes to the undisturbed state once the part is back.
 */
describe("a deployment while a part of its cluster is stopped", function () {
  let plane: DisturbedPlane;
  const undisturbed: Partial<Record<Phase, Objects>> = {};

  before(async function () {
    // `FAULTS=0` asks for the two sequences of crashes alone.
    if (Number(process.env["FAULTS"] ?? 0) === 0) this.skip();
    plane = await DisturbedPlane.start();
    // Something that the Teleport operator has to do in an upgrade.
    plane.also = (config, upgraded) => {
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

  /** The next command, undisturbed, comes to the undisturbed state. */
  const converges = async (phase: Phase) => {
    await plane.command(phase);
    assertSame(await plane.objects(), undisturbed[phase]);
  };
  const disturbed = async ({ stop, phase, flags = [] }: Case) => {
    const deadline = plane.enough(phase);
    const goOn = await stop(plane.stack);
    const began = Date.now();
    try {
      const run = await plane.run(phase, "--deadline", `${deadline}s`, ...flags);
      return { ...run, deadline, seconds: (Date.now() - began) / 1000 };
    } finally {
      await goOn();
    }
  };

  for (const one of CASES) {
    it(`${one.phase} with ${one.what}`, async () => {
      await plane.beginning(one.phase);
      const { code, output, seconds, deadline } = await disturbed(one);
      const after = `${seconds.toFixed(0)} s, deadline ${deadline} s`;
      process.stdout.write(`      exit code ${String(code)} after ${after}\n`);
      assert.ok(code !== null && one.codes.includes(code), `exit code ${String(code)}\n${output}`);
      assert.ok(seconds < deadline + GRACE_SECONDS, `it took ${seconds.toFixed(0)} s`);
      if (one.told !== undefined) assert.match(output, one.told);
      await converges(one.phase);
      if (one.phase !== "upgrade") return;
      await eventually(() => {
        const { spec } = plane.stack.teleport("role")["walker"] ?? {};
        assert.deepEqual(spec?.["allow"], { app_labels: { phase: "new" } });
        return Promise.resolve();
      });
    });
  }

  it("up with a full disk of the state: refused, and nothing is lost", async function () {
    if (!mayMount()) {
      process.stdout.write("      a small disk needs the right to mount\n");
      this.skip();
    }
    await plane.beginning("up");
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

  it("an update with PostgreSQL stopped: the checks before it report that", async () => {
    const phase = await plane.other();
    const goOn = pausePart(plane.stack, "postgres");
    const address = `127.0.0.1:${String(plane.stack.ports["postgres"])}`;
    const update = ["up", "--yes", "--deadline", "2m", "--database-address", address];
    const ended = plane.stack.accessPlane(...update);
    await ended.then(goOn, goOn);
    const { code, output } = await ended;
    assert.equal(code, EXIT.PREFLIGHT, output);
    assert.match(output, /database\.\w+: .*(PostgreSQL|infra-db|127\.0\.0\.1)/i);
    await converges(phase);
  });
});
