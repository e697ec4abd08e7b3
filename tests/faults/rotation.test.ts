import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as k8s from "@kubernetes/client-node";
import { eventually } from "../engine/eventually";
import { needsPsql } from "../engine/needs-psql";
import { connect } from "../engine/login-probe";
import { playJob } from "../engine/play-kubelet";
import {
  assertSame,
  DisturbedPlane,
  NAMESPACE,
  type Objects,
  type Victim,
} from "./disturbed-plane";
import { random } from "./random";

const SEED = Number(process.env["FAULTS_SEED"] ?? 1);
/** One crash of a rotation for five crashes of deployments. */
const CRASHES = Math.ceil(Number(process.env["FAULTS"] ?? 0) / 5);
const SECRET = "infra-db-credentials";
const ADMIN = "infra-db-admin";
const PATH = "access-plane/database";
/** Secrets that a rotation changes. */
const ROTATED = [SECRET, `${SECRET}-bootstrap`];
const VICTIMS: readonly Victim[] = [
  ...["engine", "program", "Kubernetes plugin", "Vault plugin"],
  ...["command line", "everything"],
] as Victim[];

const next = random(SEED);
/** The process to kill, and when: after a share of the rotation's resources and a delay in milliseconds. */
const PLAN = Array.from({ length: CRASHES }, () => ({
  victim: VICTIMS[Math.floor(next() * VICTIMS.length)] as Victim,
  part: next(),
  delay: Math.floor(next() * 2500),
}));

/**
 * Kills a process of an update that rotates the generated password. The next ordinary command
 * completes the rotation: PostgreSQL, Vault and the Secret have the same password, and no other
 * credential has changed.
 */
describe(`a rotation with a crash (FAULTS_SEED=${SEED}, ${CRASHES} crashes)`, () => {
  let plane: DisturbedPlane;
  let core: k8s.CoreV1Api;
  let kubelet: Awaited<ReturnType<typeof playJob>> | undefined;
  /** Called after the Job has changed PostgreSQL, and before the cluster reports that. */
  let altered: () => void = () => undefined;
  let ca: string;
  let undisturbed: { objects: Objects; done: number };
  let rotations = 0;

  before(async function () {
    if (CRASHES === 0) this.skip();
    needsPsql(this);
    plane = await DisturbedPlane.start();
    const { stack } = plane;
    core = stack.kube(k8s.CoreV1Api);
    stack.change((config) => {
      config["access-plane:agents"] = {};
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    });
    await plane.command("up");
    ca = (await secret("infra-db-ca"))["ca.crt"] ?? "";
    const stringData = { username: "postgres", password: stack.postgresPassword };
    await core.createNamespacedSecret({
      namespace: NAMESPACE,
      body: { metadata: { name: ADMIN }, stringData },
    });
    kubelet = await playJob(
      (type) => stack.kube(type),
      { namespace: NAMESPACE, name: `${SECRET}-bootstrap` },
      { PGHOSTADDR: "127.0.0.1", PGPORT: String(stack.ports["postgres"]) },
      () => altered(),
    );
    // The first rotation changes to a generated password. The tests disturb rotations like the second.
    rotate();
    await plane.command("up");
    rotate();
    const done = DisturbedPlane.done(await plane.command("up"));
    undisturbed = { objects: await objects(), done };
  });
  after(async () => {
    await kubelet?.stop();
    await (plane as DisturbedPlane | undefined)?.stop();
  });

  /** Requests another password in the settings. */
  const rotate = () => {
    const rotation = `rotation-${String(++rotations)}`;
    plane.stack.change((config) => {
      Object.assign(config["access-plane:database"] as object, {
        credentials: {
          source: "generated",
          path: PATH,
          rotation,
          bootstrap: { adminSecret: ADMIN },
        },
      });
    });
  };
  const secret = async (name: string): Promise<Record<string, string>> => {
    const { data = {} } = await core.readNamespacedSecret({ name, namespace: NAMESPACE });
    const text = (value: string) => Buffer.from(value, "base64").toString();
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)]));
  };
  /** All objects, without what differs by rotation: its name, number, time and the Job's uid. */
  const objects = async () => {
    const text = JSON.stringify(await plane.objects())
      .replaceAll(/rotation-\d+/g, "rotation")
      .replaceAll(/(vault-version\W+)\d+/g, "$1N")
      .replaceAll(/(restartedAt\W+)[\dTZ:-]+/g, "$1T")
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uid");
    return JSON.parse(text) as Objects;
  };
  /** The password in Vault. Asserts that PostgreSQL and the Secret have the same one. */
  const password = async (): Promise<string> => {
    const { data } = await plane.stack.vault(`secret/data/${PATH}`);
    const login = data as { username: string; password: string };
    await (await connect(plane.stack, ca, login)).end();
    await eventually(async () => {
      assert.equal(
        (await secret(SECRET))["password"],
        login.password,
        "the Secret does not have Vault's password",
      );
    });
    return login.password;
  };
  /** A digest of each credential that a rotation of the password must not change. */
  const otherCredentials = async () => {
    const digest = (data: unknown) =>
      createHash("sha256").update(JSON.stringify(data)).digest("hex");
    const { items } = await core.listNamespacedSecret({ namespace: NAMESPACE });
    const kept = items.filter(({ type, metadata }) => {
      return !type?.startsWith("helm.sh/") && !ROTATED.includes(metadata?.name ?? "");
    });
    const found = kept.map(({ metadata, data }) => [metadata?.name ?? "", digest(data)]);
    for (const path of ["teleport/agent", "infra-db/teleport"]) {
      const { data } = await plane.stack.vault(`secret/data/${path}`);
      found.push([path, digest(data)]);
    }
    return Object.fromEntries(found) as Record<string, string>;
  };

  /** Disturbs a rotation. Asserts that the next command completes it as if it were undisturbed. */
  const disturbed = async (disturb: () => Promise<unknown>) => {
    const before = await password();
    const untouched = await otherCredentials();
    rotate();
    await disturb();
    const crashed = Date.now();
    await plane.command("up");
    const after = await password();
    assert.notEqual(after, before, "the password has not changed");
    assert.deepEqual(await otherCredentials(), untouched, "another credential changed");
    assertSame(await objects(), undisturbed.objects);
    await plane.nothingRuns(crashed);
    assert.equal(kubelet?.ran.at(-1)?.code, 0, kubelet?.ran.at(-1)?.output);
    process.stdout.write(
      `      converged in ${((Date.now() - crashed) / 1000).toFixed(0)} s after the crash\n`,
    );
  };

  it("everything is killed when PostgreSQL has the new password and Vault the old one", () =>
    disturbed(async () => {
      const changed = new Promise<void>((resolve) => (altered = resolve));
      await plane.crashWhen("up", changed, "everything");
    }));

  for (const [index, { victim, part, delay }] of PLAN.entries()) {
    const share = `${Math.floor(part * 100)} %`;
    it(`${index + 1}: ${victim} is killed ${delay} ms after ${share} of the rotation`, () =>
      disturbed(async () => {
        const after = Math.floor(part * undisturbed.done);
        const { killed, code } = await plane.crash("up", { victim, after, delay });
        const end = killed ? `killed, exit code ${String(code)}` : "ended before the crash";
        process.stdout.write(`      ${end}\n`);
      }));
  }

  it("a preview shows no changes, and another update keeps the password", async () => {
    const before = await password();
    const { code, output } = await plane.stack.accessPlane("preview", "--expect-no-changes");
    assert.equal(code, 0, output);
    await plane.command("up");
    assert.equal(await password(), before);
  });
});
