import { tokenName } from "../../teleport/agent-join";
import { iamRuleFault } from "../../teleport/iam-join";
import { jwksFault } from "../../teleport/jwks";
import type { Path } from "../problem";
import type { JoinSettings } from "../sections/agent";
import { duplicates, rule, type Report, type Rule } from "./rule";

/** Rules about how agents join: each agent's part and the plane's part must be possible together. */

const JWKS_COMMAND = "`kubectl get --raw /openid/v1/jwks` in that cluster";

function checkJwks(path: Path, text: string, report: Report): void {
  const fault = jwksFault(text);
  if (fault === undefined) return;
  const remedy = fault.includes("private")
    ? "paste the public keys only, and replace that key"
    : `paste what ${JWKS_COMMAND} prints`;
  report.problem(path, `${fault}: ${remedy}.`);
}

/** The part that decides who may join. It belongs to the stack that creates the token. */
function checkPolicy(at: (key: string) => Path, join: JoinSettings, report: Report): void {
  if (join.method === "iam" && join.roleArn === undefined && join.allow.length === 0) {
    report.problem(
      at("allow"),
      "is empty and there is no roleArn, so no agent could join: set one of them.",
      [at("roleArn")],
    );
  }
  if (join.method === "iam") {
    for (const [index, allowed] of join.allow.entries()) {
      const fault = iamRuleFault(allowed);
      if (fault === undefined || (fault.wide === true && join.wide)) continue;
      const remedy = fault.wide === true ? ` If that is meant, set ${at("wide").join(".")}.` : "";
      report.problem([...at("allow"), index, fault.part], `${fault.message}${remedy}`, [
        at("wide"),
      ]);
    }
    if (join.wide && !join.allow.some((one) => iamRuleFault(one)?.wide === true)) {
      report.warning(at("wide"), "is true, but no rule needs it: remove it.", [at("allow")]);
    }
  }
  if (join.method !== "kubernetes") return;
  const keys = keysOf(join);
  for (const [key, type] of [
    [keys, "static_jwks"],
    ["issuer", "oidc"],
  ] as const) {
    if (join.type === type && join[key] === undefined) {
      const how =
        key === "issuer" ? "name that cluster's issuer" : `paste what ${JWKS_COMMAND} prints`;
      report.problem(at(key), `is missing: with type "${type}", ${how}.`, [at("type")]);
    } else if (join.type !== type && join[key] !== undefined) {
      report.problem(
        at(key),
        `goes with the type "${type}" only, but it is "${join.type}": remove it, or change that.`,
        [at("type")],
      );
    }
  }
  if (join.jwks !== undefined) checkJwks(at(keys), join.jwks, report);
}

/** The setting with the other cluster's keys. */
const keysOf = ({ jwksFile }: { jwksFile?: string | undefined }) =>
  jwksFile === undefined ? "jwks" : "jwksFile";

const policies = rule({
  needs: ["kind", "agents"],
  check({ kind, agents, remoteAgents = {} }, report) {
    for (const [name, { join }] of Object.entries(agents)) {
      const at = (key: string): Path => ["agents", name, "join", key];
      if (kind === "plane") {
        checkPolicy(at, join, report);
        continue;
      }
      const policy = {
        ...(join.method === "kubernetes" && { [keysOf(join)]: join.jwks !== undefined }),
        issuer: join.method === "kubernetes" && join.issuer !== undefined,
        allow: join.method === "iam" && join.allow.length > 0,
      };
      for (const [key, set] of Object.entries(policy)) {
        if (!set) continue;
        report.problem(
          at(key),
          "says who may join, which the plane's stack decides: move it to remoteAgents there.",
        );
      }
    }
    for (const [name, { join }] of Object.entries(remoteAgents)) {
      const at = (key: string): Path => ["remoteAgents", name, "join", key];
      checkPolicy(at, join, report);
      if (join.method === "kubernetes" && join.type === "in_cluster") {
        report.problem(
          at("type"),
          'is "in_cluster", but the agent is in another cluster, whose tokens Teleport cannot check ' +
            "here: use static_jwks or oidc.",
        );
      }
      if (join.method !== "token" && join.token !== undefined) {
        report.problem(at("token"), `is set, but the token is called "${name}" here: remove it.`);
      }
    }
  },
});

const distinctTokens = rule({
  needs: ["kind", "agents"],
  check({ kind, agents, remoteAgents = {}, resources }, report) {
    if (kind !== "plane") return;
    const first = new Map<string, string>();
    const claim = (path: Path, token: string) => {
      const owner = first.get(token);
      if (owner === undefined) first.set(token, path.join("."));
      else report.problem(path, `makes the token "${token}", as ${owner} does: rename one.`);
    };
    for (const [name, { join }] of Object.entries(agents)) {
      if (join.method !== "token") claim(["agents", name], tokenName(name, join));
    }
    for (const name of Object.keys(remoteAgents)) {
      claim(["remoteAgents", name], name);
    }
    for (const [name, { join }] of Object.entries(resources?.bots ?? {})) {
      if (join !== undefined) claim(["resources", "bots", name], tokenName(name, join));
    }
    for (const name of Object.keys(resources?.provisionTokens ?? {})) {
      claim(["resources", "provisionTokens", name], name);
    }
  },
});

/** In a stack of agents. The plane says of each token which agent it admits. */
const admittedTokens = rule({
  needs: ["agents", "plane"],
  check({ agents, plane }, report) {
    if (plane.stack === undefined) return;
    const joining = Object.entries(agents).flatMap(([release, { join }]) =>
      join.method === "token" ? [] : [{ release, token: tokenName(release, join) }],
    );
    duplicates(
      joining,
      ({ token }) => token,
      (index, first, token) => {
        const [release, other] = [joining[index]?.release ?? "", joining[first]?.release ?? ""];
        report.problem(
          ["agents", release, "join", "token"],
          `is "${token}", by which agents.${other} joins, and the plane's remoteAgents.${token} admits one agent: ` +
            "give this agent a token of its own, and the plane an entry for it.",
          [["agents", other, "join", "token"]],
        );
      },
    );
  },
});

const bots = rule({
  needs: ["resources"],
  check({ resources }, report) {
    for (const [name, { join }] of Object.entries(resources.bots)) {
      const at = (key: string): Path => ["resources", "bots", name, "join", key];
      if (join !== undefined) checkPolicy(at, join, report);
    }
  },
});

const handler = rule({
  needs: ["eventHandler"],
  check({ eventHandler: { join } }, report) {
    if (join.method === "iam") checkPolicy((key) => ["eventHandler", "join", key], join, report);
  },
});

export const agentJoinRules: readonly Rule[] = [
  policies,
  distinctTokens,
  admittedTokens,
  bots,
  handler,
];
