import { createHash } from "node:crypto";

/**
 * The agent that serves an app, by rendezvous hashing: every agent gets about the same number, and
 * one agent more or less moves only the apps that must move.
 */
export function agentFor(app: string, agents: readonly string[]): string | undefined {
  const weight = (agent: string) =>
    createHash("sha256").update(`${agent}\0${app}`).digest().readBigUInt64BE();
  let best: { agent: string; weight: bigint } | undefined;
  for (const agent of agents) {
    const candidate = { agent, weight: weight(agent) };
    if (best === undefined || candidate.weight > best.weight) best = candidate;
  }
  return best?.agent;
}
