/** The three kinds of logs of a load balancer: blocks in the program, attributes in the API. */
import { type Plain, word } from "../../tables/plain.ts";
import { known } from "../common.ts";
import type { Told } from "./elb.ts";

export const LOGS = {
  accessLogs: "access_logs.s3",
  connectionLogs: "connection_logs.s3",
  healthCheckLogs: "health_check_logs.s3",
} as const;

/** API attributes for the log settings. */
export function logAttributes(props: Plain, pick: (field: string) => boolean) {
  return Object.entries(LOGS)
    .filter(([field]) => pick(field))
    .flatMap(([field, key]) => {
      const wanted = props[field] as Plain | undefined;
      const enabled = wanted?.["enabled"] === true;
      const list = [{ Key: `${key}.enabled`, Value: word(enabled) }];
      if (!enabled) return list;
      list.push({ Key: `${key}.bucket`, Value: word(wanted["bucket"]) });
      if (wanted["prefix"]) list.push({ Key: `${key}.prefix`, Value: word(wanted["prefix"]) });
      return list;
    });
}

export function logState(told: Told): Plain {
  const out: Plain = {};
  for (const [field, key] of Object.entries(LOGS)) {
    if (told[`${key}.enabled`] === undefined || !told[`${key}.bucket`]) continue;
    out[field] = known({
      bucket: told[`${key}.bucket`],
      prefix: told[`${key}.prefix`],
      enabled: told[`${key}.enabled`] === "true",
    });
  }
  return out;
}
