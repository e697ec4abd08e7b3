import { mapping, text, type Rule } from "./rule";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

const WORKLOAD =
  /^kubernetes:(core\/v1:(Pod|PodTemplate|ReplicationController)|apps\/v1:(Deployment|StatefulSet|DaemonSet|ReplicaSet)|batch\/v1:(Job|CronJob))(Patch)?$/;

/** Every `image` below a value, with the path to it. */
function images(value: unknown, path = ""): [path: string, image: string][] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => images(item, `${path}[${index}]`));
  }
  return Object.entries(mapping(value)).flatMap(([key, inner]) => {
    const place = path === "" ? key : `${path}.${key}`;
    if (key === "image" && typeof inner === "string") return [[place, inner]];
    return images(inner, place);
  });
}

/** `image: { repository, tag, digest }`, as many charts have it. */
function loose(value: unknown, path = ""): string[] {
  return Object.entries(mapping(value)).flatMap(([key, inner]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const { repository, digest } = mapping(inner);
    if (typeof repository === "string" && text(digest) === "" && !DIGEST.test(repository)) {
      return [`${place}.repository is ${repository} without a digest`];
    }
    return loose(inner, place);
  });
}

/** A tag can be moved to another image; a digest cannot. */
export const imagesByDigest: Rule = {
  name: "images-by-digest",
  description:
    "Images are named by digest (name@sha256:…), in pods and in the values of Helm releases.",
  level: "advisory",
  violations({ type, props }) {
    const release = type === "kubernetes:helm.sh/v3:Release";
    if (!release && !WORKLOAD.test(type)) return [];
    const where = release ? props["values"] : props["spec"];
    const tagged = images(where)
      .filter(([, image]) => image !== "" && !DIGEST.test(image))
      .map(
        ([place, image]) => `${release ? "values" : "spec"}.${place} is ${image} without a digest`,
      );
    return [...tagged, ...(release ? loose(where).map((problem) => `values.${problem}`) : [])];
  },
};
