import { cidrFault } from "../address";
import { texts } from "./fault";
import type { At, Fault } from "./fault";

/** What is wrong with the networks of a list. */
export const networkFaults = (at: At, networks: unknown): Fault[] =>
  texts(networks).flatMap(([i, network]): Fault[] => {
    const message = cidrFault(network);
    return message === undefined ? [] : [{ at: [...at, i], message }];
  });
