import * as k8s from "@kubernetes/client-node";
import type { Settings } from "../../settings/schema";
import { kubeConfig } from "../base/kube-config";
import { awsFinder, type Finder, type FindResult } from "../kinds/find";
import { kubernetesFinder } from "../kinds/find-kubernetes";
import { hasRecord, type ReleaseName } from "./stuck-releases";

/** The user's decisions have priority over what the finders see. */
function decider(decided: Readonly<Record<string, string>>): Finder {
  return ({ urn }): Promise<FindResult | undefined> => {
    const id = Object.hasOwn(decided, urn) ? decided[urn] : undefined;
    if (id === undefined) return Promise.resolve(undefined);
    return Promise.resolve(id === "" ? { state: "absent" } : { state: "exists", id });
  };
}

/**
 * Looks for releases in Helm's records. A release that was never fully deployed exists only before a
 * `destroy`, which then removes its parts.
 */
function releaseFinder(core: k8s.CoreV1Api, releases: ReleaseName[], half: boolean): Finder {
  return async ({ urn }) => {
    const release = releases.find((one) => one.urn === urn);
    if (release === undefined) return undefined;
    return (await hasRecord(core, release, !half))
      ? { state: "exists", id: `${release.namespace}/${release.name}` }
      : { state: "absent" };
  };
}

/** The core API of the stack's cluster. */
export const coreOf = (settings: Settings) => kubeConfig(settings).makeApiClient(k8s.CoreV1Api);

/** Finders of resources that an interrupted update was creating, in the order of their priority. */
export async function recoveryFinders(
  settings: Settings,
  releases: ReleaseName[],
  { decided = {}, next }: { decided?: Readonly<Record<string, string>>; next?: "up" | "destroy" },
): Promise<Finder[]> {
  const list: Finder[] = [
    decider(decided),
    releaseFinder(coreOf(settings), releases, next === "destroy"),
    kubernetesFinder(kubeConfig(settings)),
  ];
  if ("aws" in settings && settings.aws !== undefined) {
    const { AwsLookup } = await import("../kinds/aws-lookup");
    list.push(awsFinder(new AwsLookup(settings.aws)));
  }
  return list;
}
