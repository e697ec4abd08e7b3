import { createHash } from "node:crypto";

/**
 * The agent that serves an app, by rendezvous hashing. Agents get about the same number of apps, and a new
 * or removed agent moves as few apps as possible.
 */
export function agentFor(app: string, agents: readonly string[]): string | undefined {
  if (agents.length < 2) return agents[0];
  const weight = (agent: string) =>
    createHash("sha256").update(`${agent}\0${app}`).digest().readBigUInt64BE();
  let best: { agent: string; weight: bigint } | undefined;
  for (const agent of agents) {
    const candidate = { agent, weight: weight(agent) };
    if (best === undefined || candidate.weight > best.weight) best = candidate;
  }
  return best?.agent;
}
