import {
  deepDiff,
  hasUnknown,
  setting,
  type CheckResult,
  type DiffResult,
  type Host,
  type Props,
  type Provider,
} from "../framework.ts";
import { checkObject } from "./check.ts";
import { Context } from "./context.ts";
import { diffObject } from "./diff.ts";
import { createResource, deleteResource, updateResource } from "./lifecycle.ts";
import { kindOf } from "./objects.ts";
import { readResource } from "./read.ts";
import { releaseHandler, RELEASE_TOKEN } from "./release/provider.ts";
import { readSettings } from "./settings.ts";
import { apiObject, readCheckpoint } from "./state.ts";

/** The version of the official plugin whose behaviour this one follows. */
export const VERSION = "4.34.2";

export function kubernetesProvider(): Provider {
  let context: Context | undefined;
  const ready = (): Context => {
    if (!context) throw new Error("the kubernetes provider is not configured");
    return context;
  };
  const release = releaseHandler(ready);
  const isRelease = (type: string) => type === RELEASE_TOKEN;
  return {
    name: "kubernetes",
    version: VERSION,
    checkConfig,
    diffConfig,
    configure(config: Props, host: Host) {
      const settings = readSettings(config);
      if (settings.unreachable) host.log("debug", settings.unreachable);
      context = new Context(settings, host);
    },
    check: (call) => (isRelease(call.type) ? release.check(call) : checkObject(ready(), call)),
    async diff(call) {
      if (isRelease(call.type)) return release.diff(call);
      const state = readCheckpoint(call.olds);
      return diffObject(state, apiObject(call.news), {
        token: call.type,
        namespaced: await ready().namespaced(kindOf(call.news)),
        ignore: call.ignoreChanges,
        settings: ready().settings,
      });
    },
    create: (call) => (isRelease(call.type) ? release.create(call) : createResource(ready(), call)),
    read: (call) => (isRelease(call.type) ? release.read(call) : readResource(ready(), call)),
    update: (call) => (isRelease(call.type) ? release.update(call) : updateResource(ready(), call)),
    delete: (call) => (isRelease(call.type) ? release.delete(call) : deleteResource(ready(), call)),
  };
}

function checkConfig(news: Props): CheckResult {
  if (setting(news, "renderYamlToDirectory") !== undefined) {
    const reason = "rendering to files is not played here; use the official plugin";
    return { inputs: news, failures: [{ property: "renderYamlToDirectory", reason }] };
  }
  return { inputs: news };
}

/** The provider is replaced (and all it holds) only when it points at another cluster. */
function diffConfig(olds: Props, news: Props): DiffResult {
  const detailedDiff = deepDiff(olds, news);
  const identifier = [setting(olds, "clusterIdentifier"), setting(news, "clusterIdentifier")];
  if (identifier[0] !== undefined && identifier[1] !== undefined) {
    const moved = identifier[0] !== identifier[1];
    return { detailedDiff, replaces: moved ? ["clusterIdentifier"] : [] };
  }
  const keys = ["kubeconfig", "context", "cluster"];
  if (keys.some((key) => hasUnknown(news[key]))) return { detailedDiff, replaces: [] };
  const [before, after] = [serverOf(olds), serverOf(news)];
  const moved = before !== undefined && after !== undefined && before !== after;
  const changed = detailedDiff.map((change) => String(change.keys[0]));
  return { detailedDiff, replaces: moved ? keys.filter((key) => changed.includes(key)) : [] };
}

function serverOf(config: Props): string | undefined {
  return readSettings(config).kubeconfig?.getCurrentCluster()?.server;
}
