import * as assert from "node:assert/strict";
import { parseSettings } from "../../../settings/parse";
import { RESOURCES } from "../../engine/resources-cases";
import { goodSettings, type Sections } from "./fixture";

/** Problems of the reference stack with these resources. */
function problems(resources: Sections): string[] {
  const found = parseSettings({ ...goodSettings(), resources }).problems ?? [];
  return found
    .map(({ path, message }) => `${path} ${message}`)
    .filter((text) => text.startsWith("access-plane:resources"));
}

describe("declared Teleport resources", () => {
  it("may be of every kind, with all fields of its CRD", () => {
    assert.deepEqual(
      problems(RESOURCES).filter((text) => / is not a setting| must be /.test(text)),
      [],
    );
  });

  const role = (spec: object) => ({ roles: { "kube-admin": { spec } } });
  const cases: [string, Sections, string][] = [
    [
      "a misspelt field",
      role({ allow: { kubernetes_label: { "*": "*" } } }),
      "access-plane:resources.roles.kube-admin.spec.allow.kubernetes_label is not a setting: did you mean access-plane:resources.roles.kube-admin.spec.allow.kubernetes_labels?",
    ],
    [
      "a misspelt field in a list",
      { githubConnectors: { github: { spec: { teams_to_roles: [{ organisation: "x" }] } } } },
      "access-plane:resources.githubConnectors.github.spec.teams_to_roles[0].organisation is not a setting: did you mean access-plane:resources.githubConnectors.github.spec.teams_to_roles[0].organization?",
    ],
    [
      "a text for a list",
      { users: { alice: { spec: { roles: "dev" } } } },
      'access-plane:resources.users.alice.spec.roles is "dev" (text), must be a list; put it in brackets.',
    ],
    [
      "a mapping for a label selector's values",
      role({ allow: { app_labels: { env: { is: "dev" } } } }),
      "access-plane:resources.roles.kube-admin.spec.allow.app_labels.env must be text, and is a mapping.",
    ],
    [
      "an invalid duration",
      role({ options: { max_session_ttl: "1 day" } }),
      'access-plane:resources.roles.kube-admin.spec.options.max_session_ttl is "1 day", must be a Go duration such as "30m" or "720h"; write "24h".',
    ],
    [
      "a date that YAML reads as a time and Pulumi writes in another form",
      {
        accessLists: { list: { spec: { audit: { next_audit_date: "2027-01-31 00:00:00 UTC" } } } },
      },
      'access-plane:resources.accessLists.list.spec.audit.next_audit_date is "2027-01-31 00:00:00 UTC", must be a date and time in quotes, such as "2027-01-31T00:00:00Z".',
    ],
    [
      "no spec",
      { bots: { ci: {} } },
      "access-plane:resources.bots.ci.spec is missing; add it: spec of TeleportBotV1, with the field names of its CRD.",
    ],
    [
      "an unknown collection",
      { user: { alice: { spec: {} } } },
      "access-plane:resources.user is not a setting: did you mean access-plane:resources.users?",
    ],
    [
      "an unknown version",
      { roles: { dev: { version: "v9", spec: {} } } },
      'access-plane:resources.roles.dev.version is "v9", must be one of v5, v6, v7, v8; did you mean v5?',
    ],
    [
      "an unknown preset",
      { presets: ["kube-admn"] },
      'access-plane:resources.presets[0] is "kube-admn"',
    ],
  ];
  for (const [name, resources, expected] of cases) {
    it(`are refused: ${name}`, () => {
      const found = problems(resources);
      assert.ok(
        found.some((text) => text.startsWith(expected)),
        found.join("\n"),
      );
    });
  }
});
