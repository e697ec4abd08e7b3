import { cidrFault } from "../address";
import { type At, type Fault, faultAt, texts } from "./fault";

/** What is wrong with the networks of a list. */
export const networkFaults = (at: At, networks: unknown): Fault[] =>
  texts(networks).flatMap(([i, network]) => faultAt([...at, i], cidrFault(network)));
