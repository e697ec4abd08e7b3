import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { EngineEvent, Stack, UpOptions } from "@pulumi/pulumi/automation";
import { type ExitName } from "../../../../operations/base/exit-codes";
import { Cancellation } from "../../../../operations/engine/cancellation";
import { EngineError } from "../../../../operations/engine/engine-command";
import { engineCommand } from "../../../../operations/engine/engine-stack";
import { engineFailure, printedErrors } from "../../../../operations/engine/engine-errors";
import { holdersText, LockHeld, parseLock, whenUnlocked } from "../../../../operations/engine/lock";
import { refusals } from "../../../../operations/deploy/protection";
import { runOperation } from "../../../../operations/engine/run-operation";
import { event, fails, urn } from "./events";

describe("the lock", () => {
  const since = "2026-01-02T03:04:05Z";
  const line = (pid: number, host: string) =>
    `\n  s3://b/.pulumi/locks/organization/p/s/1.json: created by eve@${host} (pid ${pid}) at ${since}`;
  const held = (pid: number, host: string) =>
    `error: the stack is currently locked by 1 lock(s). Either wait …${line(pid, host)}`;
  const quick = { cancellation: new Cancellation(), onWait: () => undefined, firstPause: 1 };

  it("is recognized in the CLI's message, for every backend", () => {
    assert.deepEqual(parseLock(held(7, "ci-3")), [
      { user: "eve", host: "ci-3", pid: 7, since: new Date(since) },
    ]);
    assert.deepEqual(
      parseLock("error: [409] Conflict: Another update is currently in progress."),
      [],
    );
    assert.equal(parseLock("error: something else"), undefined);
    const text = holdersText(parseLock(held(7, "ci-3")) ?? [], new Date("2026-01-02T03:05:07Z"));
    assert.equal(text, "locked by eve@ci-3 (process 7) since 2026-01-02T03:04:05.000Z, 1 min 2 s");
  });

  it("makes the command wait, with a message", async () => {
    let tries = 0;
    const told: string[] = [];
    const result = await whenUnlocked(
      "prod",
      () => {
        tries += 1;
        if (tries < 3) throw new LockHeld(parseLock(held(7, "ci-3")) ?? []);
        return Promise.resolve("done");
      },
      { ...quick, timeout: 5000, onWait: (text) => told.push(text) },
    );
    assert.deepEqual([result, tries, told.length], ["done", 3, 2]);
    assert.match(told[0] ?? "", /eve@ci-3 .* waiting/);
  });

  it("exits with 6 after the timeout, and at once if its process has ended", async () => {
    const locked =
      (pid: number, host: string, taken = new Date(since)) =>
      () =>
        Promise.reject(new LockHeld([{ user: "eve", host, pid, since: taken }]));
    const wait = { ...quick, timeout: 30 };
    await assert.rejects(whenUnlocked("s", locked(7, "ci-3"), wait), fails("LOCKED", /eve@ci-3/));
    const mine = whenUnlocked("s", locked(process.pid, os.hostname(), new Date()), wait);
    await assert.rejects(mine, fails("LOCKED", /waited/));
    // Larger than any process id of Linux.
    const gone = whenUnlocked("s", locked(2 ** 30, os.hostname()), { ...quick, timeout: 60_000 });
    await assert.rejects(gone, fails("LOCKED", /recover --stack s --yes/));
    // This process has the pid of the process that took the lock before this one started.
    const again = whenUnlocked("s", locked(process.pid, os.hostname()), wait);
    await assert.rejects(again, fails("LOCKED", /that process is gone/));
  });

  it("is not waited for after a cancellation", async () => {
    const cancellation = new Cancellation();
    const waiting = whenUnlocked("s", () => Promise.reject(new LockHeld([])), {
      ...quick,
      timeout: 60_000,
      firstPause: 60_000,
      cancellation,
    });
    setTimeout(() => cancellation.stop("CANCELLED"), 10);
    await assert.rejects(waiting, fails("CANCELLED"));
  });
});

describe("errors of the engine", () => {
  const cases: [ExitName, string, string[]?][] = [
    ["USAGE", "error: no stack named 'x' found"],
    [
      "ENVIRONMENT",
      "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    ],
    ["ENVIRONMENT", "error: get stack secrets manager: incorrect passphrase"],
    ["ENVIRONMENT", 'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml")'],
    [
      "ENVIRONMENT",
      "SDK 2026/11/26 15:31:38 WARN Response has no supported checksum.\nerror: failed to load checkpoint: " +
        'blob (key ".pulumi/stacks/p/s.json") (code=Unknown): operation error S3: HeadObject, StatusCode: 400',
    ],
    ["ENVIRONMENT", "error: failed to load checkpoint: place 1: unexpected end of JSON input"],
    ["ENVIRONMENT", "error: failed to load checkpoint: EOF"],
    ["PROTECTED", "", ['<{%reset%}>resource "urn" cannot be deleted\nbecause it is protected.']],
    [
      "PROTECTED",
      "",
      ['unable to replace resource "urn"\nas it is currently marked for protection.'],
    ],
    ["FAILED", "", ['Apply failed with 1 conflict: conflict with "kubectl-edit": .spec.roles']],
    ["FAILED", "", ["<{%reset%}>Release teleport: timed out<{%reset%}>", "update failed"]],
    [
      "FAILED",
      "",
      ['error serializing property "values": error serializing property "a": agent web could not'],
    ],
  ];
  for (const [reason, output, diagnostics = []] of cases) {
    it(`${reason.toLowerCase()}: ${(diagnostics[0] ?? output).slice(0, 50)}`, () => {
      const failure = engineFailure(output, diagnostics);
      assert.ok(fails(reason)(failure));
      assert.doesNotMatch(failure.message, /<\{%|update failed|WARN|serializing/);
      if (reason === "ENVIRONMENT" || /conflict/.test(failure.message))
        assert.match(failure.message, /\(docs\/operations\.md, /);
    });
  }

  it("leave out the calls of the program that end with the engine, and the stack of any other", () => {
    const call = (message: string) =>
      "Running program '/p/bin/program.cjs' failed with an unhandled exception:\n" +
      `<ref *1> Error: ${message}\n    at callErrorFromStatus (/p/call.js:32:19)\n  code: 14\n}`;
    const ended = call("14 UNAVAILABLE: resource monitor shut down while waiting on output step");
    const message = (...diagnostics: string[]) => engineFailure("", diagnostics).message;
    assert.equal(message("Release teleport: timed out", ended), "Release teleport: timed out");
    assert.equal(message(ended), "resource monitor shut down while waiting on output step");
    assert.equal(message(call("2 UNKNOWN: access\ndenied")), "access\ndenied");
    const invocation = "invocation of aws:ec2/getSubnets:getSubnets returned an error: ";
    const closing = call(`${invocation}grpc: the client connection is closing`);
    const terminating = call(
      "failed to register new resource a [b:c:D]: Resource monitor is terminating",
    );
    assert.equal(message("no Vault", closing, terminating), "no Vault");
    assert.equal(message(call(`${invocation}denied`)), `${invocation}denied`);
    const fault = call("a fault of the program");
    assert.equal(message(fault), fault);
  });

  it("are found in the CLI's text and JSON", () => {
    const people = [
      "Importing (prod):",
      " +  x:y:Z z **creating failed** 1 error",
      "Diagnostics:",
      "  x:y:Z (z):",
      "    error: resource 'abc' does not exist",
      "",
      "Resources:",
      "    1 errored",
    ].join("\n");
    assert.deepEqual(printedErrors(people), ["x:y:Z (z):\n  error: resource 'abc' does not exist"]);
    const diagnostics = [
      { severity: "warning", message: "warning: old" },
      { severity: "error", message: "error: no such chart\n" },
    ];
    assert.match(
      engineFailure("", printedErrors(JSON.stringify({ steps: [], diagnostics }))).message,
      /^no such chart$/,
    );
    assert.deepEqual(printedErrors('{ "steps": [ cut'), []);
  });

  it("are shown without credentials", () => {
    const token = ["hvs", "C".repeat(24)].join(".");
    assert.doesNotMatch(engineFailure(`error: denied for ${token}`, []).message, /CCC/);
  });
});

/** Runs a function with a CLI that tells its version and otherwise runs these shell commands. */
async function withCli<T>(
  commands: string,
  use: (run: (args: string[], cancellation?: Cancellation) => Promise<string>) => Promise<T>,
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-cli-"));
  const script = `#!/bin/sh\nif [ "$1" = version ]; then echo v3.999.0; else ${commands}; fi\n`;
  fs.writeFileSync(path.join(folder, "pulumi"), script, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  try {
    return await use((args, cancellation = new Cancellation()) =>
      engineCommand(args, { cwd: folder, env, cancellation }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describe("the environment of the command line of the engine", () => {
  it("skips saves of the state in previews, and only there", () =>
    withCli('echo "$PULUMI_EXPERIMENTAL $PULUMI_SKIP_CHECKPOINTS"', async (run) => {
      for (const args of [["preview"], ["refresh", "--preview-only"]]) {
        assert.equal(await run(args), "true true\n", args.join(" "));
      }
      for (const args of [["up"], ["refresh"], ["destroy"]]) {
        assert.equal(await run(args), " \n", args.join(" "));
      }
    }));
});

describe("a killed command line of the engine", () => {
  it("is reported with the signal and what to do", () =>
    withCli("kill -KILL $$", (run) =>
      assert.rejects(
        run(["stack", "ls"]),
        fails("FAILED", /^pulumi stack was killed by SIGKILL.*run the com/),
      ),
    ));
});

describe("a command line of the engine that was cancelled", () => {
  it("says that it changed nothing", () =>
    withCli("exec sleep 60", (run) => {
      const cancellation = new Cancellation();
      setTimeout(() => cancellation.stop("CANCELLED"), 200);
      return assert.rejects(
        run(["whoami"], cancellation),
        fails("CANCELLED", /^cancelled: it ran pulumi whoami, which changes no resource\.$/),
      );
    }));
});

describe("a cancelled operation", () => {
  it("interrupts the engine only once it listens, so that it releases the lock", async () => {
    const cancellation = new Cancellation();
    const seen: (boolean | undefined)[] = [];
    const up = ({ signal, onEvent }: UpOptions) => {
      cancellation.stop("CANCELLED");
      seen.push(signal?.aborted);
      onEvent?.({ preludeEvent: { config: {} } } as EngineEvent);
      seen.push(signal?.aborted);
      return Promise.resolve();
    };
    await runOperation({ up } as unknown as Stack, "up", { cancellation });
    assert.deepEqual(seen, [false, true]);
  });

  it("drops failed reads of Vault that passed, and keeps other warnings", async () => {
    const kind = "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret";
    const [secret, pod] = [urn(kind)("a"), urn("kubernetes:core/v1:Pod")("a")];
    const says = (id: string, message: string) =>
      ({ diagnosticEvent: { urn: id, severity: "warning", message, color: "" } }) as EngineEvent;
    const up = ({ onEvent }: UpOptions) => {
      onEvent?.(says(secret, "<{%reset%}>VaultClientError: permission denied<{%reset%}>"));
      onEvent?.(says(secret, "use the field mount"));
      onEvent?.(says(pod, "VaultClientError: of an app"));
      return Promise.resolve();
    };
    const { warnings } = await runOperation({ up } as unknown as Stack, "up", {
      cancellation: new Cancellation(),
    });
    assert.deepEqual(warnings, ["use the field mount", "VaultClientError: of an app"]);
  });

  it("stops at a loss that the preview did not show, and starts no further step", async () => {
    const id = urn("kubernetes:core/v1:Namespace")("namespace");
    const seen: (boolean | undefined)[] = [];
    const up = ({ signal, onEvent }: UpOptions) => {
      onEvent?.(event("update", id));
      seen.push(signal?.aborted);
      onEvent?.(event("delete", id));
      seen.push(signal?.aborted);
      return Promise.reject(new EngineError(["up"], 255, "", "error: update canceled"));
    };
    const run = runOperation({ up } as unknown as Stack, "up", {
      cancellation: new Cancellation(),
      refuse: (step) => (refusals([step], []).length > 0 ? `no ${step.kind}` : undefined),
    });
    await assert.rejects(run, fails("PROTECTED", /^no delete$/));
    assert.deepEqual(seen, [false, true]);
  });

  it("names the running steps, and what they wait for", async () => {
    const cancellation = new Cancellation();
    const [made, waiting] = ["made", "waiting"].map(urn("kubernetes:core/v1:Secret"));
    const up = ({ onEvent }: UpOptions) => {
      for (const id of [made, waiting]) onEvent?.(event("create", id ?? ""));
      onEvent?.({ resOutputsEvent: { metadata: { urn: made } } } as unknown as EngineEvent);
      const says = { urn: waiting, severity: "info", message: "waiting for its keys", color: "" };
      onEvent?.({ diagnosticEvent: says } as unknown as EngineEvent);
      cancellation.stop("DEADLINE");
      return Promise.reject(new EngineError(["up"], 255, "", "error: update canceled"));
    };
    const run = runOperation({ up } as unknown as Stack, "up", { cancellation });
    const busy =
      /^the deadline passed: .*\nIt was busy with:\n {2}create Secret waiting: waiting for its keys$/;
    await assert.rejects(run, fails("DEADLINE", busy));
  });

  it("reports the remains after a preview, an update and a forced end", async () => {
    const cases: [boolean, number, RegExp][] = [
      [true, 1, /^cancelled: the preview was ended; nothing was changed\.$/],
      [false, 1, /the running steps were ended and the state was written/],
      [
        false,
        2,
        /its lock stays, .* the running steps; bin\/access-plane recover --stack prod --yes finds out/,
      ],
    ];
    for (const [preview, signals, expected] of cases) {
      const cancellation = new Cancellation();
      const end = () => {
        for (let sent = 0; sent < signals; sent += 1) cancellation.stop("CANCELLED");
        return Promise.reject(new EngineError(["up"], 255, "", "error: preview canceled"));
      };
      const engine = { name: "prod", up: end, preview: end } as unknown as Stack;
      const run = runOperation(engine, "up", { cancellation, preview });
      await assert.rejects(run, fails("CANCELLED", expected));
    }
  });
});
