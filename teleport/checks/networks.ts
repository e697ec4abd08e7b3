import { cidrFault } from "../address";
import type { Fault, Field } from "./fault";

/** What is wrong with the networks of a list. */
export const networkFaults = (networks: Field): Fault[] =>
  networks.texts().flatMap((network) => network.fault(cidrFault(network.text)));
