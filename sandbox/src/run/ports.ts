/** Free ports on loopback. They stay the same at every start unless another program takes them. */
import { createServer } from "node:net";

// Below the range that the kernel gives to outgoing connections, and below Kubernetes' node ports.
const FIRST = 20_000;
const LAST = 29_999;

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/** The first port that a sandbox tries. It depends on the id, so that two sandboxes rarely collide. */
export function firstPort(id: string): number {
  const blocks = Math.floor((LAST - FIRST + 1) / 20);
  return FIRST + (Number.parseInt(id.slice(0, 8), 16) % blocks) * 20;
}

/**
 * A port for every name: the remembered one if it is held by a running part (`inUse`) or free,
 * else the next free one.
 */
export async function choosePorts(
  names: readonly string[],
  remembered: Readonly<Record<string, number>>,
  inUse: ReadonlySet<string>,
  id: string,
): Promise<Record<string, number>> {
  const chosen: Record<string, number> = {};
  const taken = new Set<number>();
  const open: string[] = [];
  for (const name of names) {
    const port = remembered[name];
    if (port !== undefined && (inUse.has(name) || (await isFree(port)))) {
      chosen[name] = port;
      taken.add(port);
    } else {
      open.push(name);
    }
  }
  let candidate = firstPort(id);
  for (const name of open) {
    for (let tried = 0; ; tried++) {
      if (tried > LAST - FIRST) {
        throw new Error(
          `No free port between ${FIRST} and ${LAST} on 127.0.0.1 for ${name}: stop what listens there.`,
        );
      }
      const port = candidate;
      candidate = candidate === LAST ? FIRST : candidate + 1;
      if (!taken.has(port) && (await isFree(port))) {
        chosen[name] = port;
        taken.add(port);
        break;
      }
    }
  }
  return chosen;
}
