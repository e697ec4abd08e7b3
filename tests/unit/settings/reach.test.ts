import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parse } from "yaml";
import { parseSettings } from "../../../settings/load";
import { AGENT_LABEL } from "../../../teleport/apps/dynamic-app";
import { goodSettings, type Sections } from "./fixture";

/** Declared resources that nobody reaches or holds, and resources that are declared twice. */

interface Case {
  title: string;
  change: (s: Sections) => void;
  /** Path of the one warning or problem, without `access-plane:`. Undefined if there is none. */
  at?: string;
  says?: RegExp;
}

const app = (labels: Record<string, string>) => (s: Sections) =>
  (s.resources = { apps: { wiki: { labels, spec: { uri: "http://wiki.tools.svc:80" } } } });
const database = (matchers: object[]) => (s: Sections) => {
  s.resources = {
    databases: {
      orders: {
        labels: { env: "prod" },
        spec: { protocol: "postgres", uri: "orders.data.svc:5432" },
      },
    },
  };
  s.agents["teleport-agent"].databaseResources = matchers;
};
const kubernetes = (resources: object) => (s: Sections) => {
  const allow = {
    kubernetes_labels: { "*": "*" },
    kubernetes_groups: ["{{internal.kubernetes_groups}}"],
  };
  s.resources = { roles: { dev: { version: "v7", spec: { allow } } }, ...resources };
  s.rbac = { ...s.rbac, boundElsewhere: ["ops"] };
};
const dev = (s: Sections) => (s.resources = { roles: { dev: { version: "v7", spec: {} } } });

const UNREACHED: Case[] = [
  {
    title: "an app without the label of an agent",
    change: app({}),
    at: "resources.apps.wiki",
    says: /^has no label that selects an agent.* access-plane\/agent: teleport-agent /,
  },
  {
    title: "an app with the label of an agent that does not exist",
    change: app({ [AGENT_LABEL]: "nonexistent" }),
    at: "resources.apps.wiki",
    says: /^has the label access-plane\/agent: nonexistent that selects an agent/,
  },
  {
    title: "an app with the label of an agent",
    change: (s) => {
      app({ [AGENT_LABEL]: "teleport-agent" })(s);
      s.agents["teleport-agent"].dynamicApps = true;
    },
  },
  {
    title: "a database that no agent selects",
    change: database([{ env: "dev" }]),
    at: "resources.databases.orders",
    says: /^is not selected by databaseResources of any agent/,
  },
  { title: "a database that an agent selects", change: database([{ env: ["dev", "prod"] }]) },
  {
    title: "a role without a holder",
    change: dev,
    at: "resources.roles.dev",
    says: /^has no holder here \(user, connector, access list, bot\)/,
  },
  {
    title: "a role that a pattern with a question mark does not match",
    change: (s) => {
      dev(s);
      s.resources.roles.lead = { spec: { allow: { request: { roles: ["de?*"] } } } };
      s.resources.users = { alice: { spec: { roles: ["lead"] } } };
    },
    at: "resources.roles.dev",
    says: /^has no holder here/,
  },
  {
    title: "a role that a regular expression matches",
    change: (s) => {
      dev(s);
      s.resources.roles.lead = { spec: { allow: { request: { roles: ["^(de?v|ops)$"] } } } };
      s.resources.users = { alice: { spec: { roles: ["lead"] } } };
    },
  },
  {
    title: "a role that a user holds",
    change: (s) => {
      dev(s);
      s.resources.users = { alice: { spec: { roles: ["dev"] } } };
    },
  },
  {
    title: "a role for Kubernetes whose groups come from a trait that GitHub does not send",
    change: kubernetes({
      githubConnectors: {
        github: {
          clientSecret: { path: "teleport/github" },
          spec: {
            client_id: "id",
            redirect_url: "https://lumie-infra.com/v1/webapi/github/callback",
            teams_to_roles: [{ organization: "lumie", team: "platform", roles: ["dev"] }],
          },
        },
      },
    }),
    at: "resources.roles.dev.spec.allow.kubernetes_groups",
    says: /^results in no group for its holders here \(github-team\/lumie\/platform\)/,
  },
  {
    title: "the same role, held by a user with the trait",
    change: kubernetes({
      users: { alice: { spec: { roles: ["dev"], traits: { kubernetes_groups: ["ops"] } } } },
    }),
  },
];

describe("declared settings", () => {
  for (const { title, change, at, says } of UNREACHED) {
    it(`${at === undefined ? "have an effect" : "have a warning that they reach nobody"}: ${title}`, () => {
      const settings = goodSettings();
      change(settings);
      const { problems, warnings } = parseSettings(settings);
      assert.deepEqual(problems ?? [], []);
      const found = warnings.filter(({ path }) =>
        /:resources\.(apps|databases|roles)\./.test(path),
      );
      assert.deepEqual(
        found.map(({ path }) => path),
        at === undefined ? [] : [`access-plane:${at}`],
      );
      if (says !== undefined) assert.match(found[0]?.message ?? "", says);
    });
  }

  it("may not have one public host twice, in an agent and in the resources", () => {
    const settings = goodSettings();
    const [served] = settings.agents["teleport-agent"].apps;
    settings.resources = {
      apps: {
        other: {
          labels: { [AGENT_LABEL]: "teleport-agent" },
          spec: {
            uri: "http://other.svc:80",
            public_addr: `${served.name}.${settings.clusterName}`,
          },
        },
      },
    };
    const { problems = [] } = parseSettings(settings);
    assert.ok(
      problems.some(({ message }) => message.includes(`${served.name}.${settings.clusterName}`)),
      JSON.stringify(problems),
    );
  });

  it("may use the local part of an address from a trait", () => {
    const settings = goodSettings();
    settings.agents["teleport-agent"].apps[0].rewrite = {
      headers: [{ name: "X-WEBAUTH-USER", value: "{{email.local(external.email)}}" }],
    };
    assert.deepEqual(parseSettings(settings).problems ?? [], []);
  });

  it("have a warning for each unknown event type", () => {
    const { config } = parse(
      fs.readFileSync("examples/event-handler/Pulumi.event-handler.yaml", "utf8"),
    ) as { config: Sections };
    const settings: Sections = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace("access-plane:", ""), value]),
    );
    settings.eventHandler = {
      ...settings.eventHandler,
      types: ["user.login", "user.logn", "x11-forward", "auto_update_config.update"],
    };
    const { warnings } = parseSettings(settings, "examples/event-handler");
    assert.deepEqual(
      warnings.filter(({ message }) => message.includes("not an audit event of Teleport")),
      [
        {
          path: "access-plane:eventHandler.types[1]",
          message:
            'is "user.logn", which is not an audit event of Teleport 18.3: did you mean user.login?',
        },
      ],
    );
  });
});
