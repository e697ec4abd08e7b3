import { parse, stringify } from "yaml";

/** The stack file of a catalogue with one app, with the encryption salt of the plane's stack file. */
export function catalogueStack(planeFile: string): string {
  const { encryptionsalt } = parse(planeFile) as { encryptionsalt: string };
  const config = {
    "pulumi:disable-default-providers": ["*"],
    "access-plane:kind": "apps",
    "access-plane:plane": { stack: "organization/access-plane/sandbox" },
    "access-plane:kubernetes": { context: "sandbox" },
    "access-plane:apps": {
      agents: ["teleport-agent"],
      entries: { forum: { uri: "http://forum" } },
    },
  };
  return stringify({ encryptionsalt, config });
}
