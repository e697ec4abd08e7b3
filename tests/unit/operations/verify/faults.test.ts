import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { redactText } from "../../../../operations/base/redact";
import type { CheckResult } from "../../../../operations/verify/check";
import { runChecks } from "../../../../operations/verify/run";
import { FAULTS } from "./faults";
import { makePki, makeWorld, type Pki, type World } from "./world";

/** Command lines that the documents tell people to install. */
const COMMAND =
  /^((PULUMI_K8S_ENABLE_PATCH_FORCE=true |PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true )?bin\/access-plane|(VAULT_ADDR=\S+ )?vault|kubectl|psql|pg_dump|aws|pulumi|helm|curl) /;

/** Words for a value that verify could know. */
const PLACEHOLDER =
  /\b(STACK|NAMESPACE|CERTIFICATE|KIND|NAME|PATH|MOUNT|KEY|POD|CONTAINER|AGENT|RELEASE|NUMBER|DATABASE|ADDRESS|ID|ARN|PORT|USER|VERSION|HOST|FILE)\b|…|<[a-z]/;

/** Values that only the reader of a remedy knows, by check. */
const FOR_THE_READER: Record<string, RegExp> = {
  "kubernetes.secrets": /\bFILE\b/g,
  "vault.login": /\b(HOST|FILE)\b/g,
  "database.slots": /'NAME'/g,
};

/** Breaks one thing at a time, and expects that exactly the check of that thing reports it. */
describe("verify finds each fault, and nothing else", () => {
  let pki: Pki;
  before(async () => {
    pki = await makePki("lumie-infra.com");
  });

  const verified = async (fault: (world: World) => unknown) => {
    const world = await makeWorld(pki);
    try {
      await fault(world);
      const results = await runChecks(CHECKS, world.context);
      assert.equal(world.database.open, 0, "a session was left open");
      return results;
    } finally {
      world.stop();
    }
  };
  /** Commands of all remedies. */
  const suggested = new Set<string>();
  const ids = (results: CheckResult[], ...states: string[]) =>
    results.filter(({ state }) => states.includes(state)).map(({ id }) => id);

  it("passes for a healthy plane, and skips no check", async () => {
    const results = await verified(() => undefined);
    const bad = results.filter(({ state }) => state !== "ok");
    assert.deepEqual(bad, []);
    assert.equal(results.length, CHECKS.length);
  });

  for (const { title, breaks, check, state = "failed", says, remedy, advice = false } of FAULTS) {
    it(`${title}: ${check}`, async () => {
      const results = await verified(breaks);
      assert.deepEqual(ids(results, "failed", "warning"), [check]);
      const found = results.find(({ id }) => id === check);
      assert.equal(found?.state, state);
      assert.match(found.seen, says);
      if (remedy !== undefined) assert.match(found.remedy, remedy);
      assert.equal(redactText(found.remedy), found.remedy, "a command is not shown whole");
      const commands = [...found.remedy.matchAll(/`([^`]+)`/g)];
      assert.equal(commands.length === 0, advice, found.remedy);
      for (const [, command = ""] of commands) {
        assert.match(command, COMMAND, "a remedy that is no command");
        assert.doesNotMatch(
          command.replace(FOR_THE_READER[check] ?? "", "").replace(/(CREATE|ON) DATABASE\b/, ""),
          PLACEHOLDER,
        );
        suggested.add(command);
      }
      assert.doesNotMatch(found.remedy.replace(/`[^`]+`/g, ""), /kubectl |access-plane |vault kv/);
    });
  }

  // One shell for all, because a start of a process from this large one costs most.
  it("suggests only commands that a shell can parse", () => {
    const script = 'for command; do sh -n -c "$command" || printf "%s\\n" "$command" >&2; done';
    const { stderr } = spawnSync("sh", ["-c", script, "sh", ...suggested], { encoding: "utf8" });
    assert.equal(stderr, "");
  });

  it("has a fault for every check", () => {
    const broken = new Set(FAULTS.map(({ check }) => check));
    assert.deepEqual(
      CHECKS.map(({ id }) => id).filter((id) => !broken.has(id)),
      [],
    );
  });
});
