import * as assert from "node:assert/strict";
import type { z } from "zod";
import { impliedAgent } from "../../../../operations/adopt/implied-agent";
import { impliedApp } from "../../../../operations/adopt/implied-app";
import { agents as agentsSchema } from "../../../../settings/sections/agent";
import { app as appSchema } from "../../../../settings/sections/app";
import { serviceValues } from "../../../../teleport/agent-services";
import { staticApp } from "../../../../teleport/apps/static-app";
import { CHART_VERSION } from "../../../../teleport/versions";

const CLUSTER = "example.com";

/** Apps that use every setting with a field in Teleport's configuration. */
const apps: Record<string, z.input<typeof appSchema>> = {
  "cross-origin requests": {
    name: "api",
    uri: "http://api.api.svc:80",
    cors: {
      allowedOrigins: ["https://portal.example.com"],
      allowedMethods: ["GET"],
      allowedHeaders: ["X-Trace"],
      exposedHeaders: ["X-Total"],
      allowCredentials: true,
      maxAgeSeconds: 600,
    },
  },
  "no cached preflight": { name: "api", uri: "http://api:80", cors: { maxAgeSeconds: 0 } },
  "TCP ports": {
    name: "mail",
    uri: "tcp://mail.mail.svc",
    tcpPorts: [{ port: 25 }, { port: 1000, endPort: 1010 }],
  },
  "JWT claims and headers": {
    name: "wiki",
    uri: "https://wiki:443",
    insecureSkipVerify: true,
    labels: { team: "a" },
    description: "Notes",
    rewrite: {
      jwtClaims: "roles",
      redirect: ["wiki.internal"],
      headers: [
        { name: "Host", value: "wiki.example.com" },
        { name: "Authorization", secret: { key: "wiki", prefix: "Bearer " } },
      ],
    },
  },
  "a cloud console": { name: "aws", cloud: "AWS", awsExternalId: "x-1" },
  "a regional cloud console": {
    name: "aws",
    cloud: "AWS",
    uri: "https://console.amazonaws-us-gov.com",
  },
  "an MCP server": {
    name: "tools",
    mcp: { command: "tools", args: ["--stdio"], runAsHostUser: "nobody" },
  },
  "required apps": { name: "shop", uri: "http://shop:80", requiredApps: ["api"] },
  "any proxy's address": { name: "any", uri: "http://any:80", useAnyProxyPublicAddress: true },
  "an address of its own": { name: "own", uri: "http://own:80", publicAddress: "o.example.com" },
};

describe("the settings derived from an existing agent", () => {
  for (const [what, input] of Object.entries(apps)) {
    it(`contain ${what} of an app`, () => {
      const declared = appSchema.parse(input);
      const implied = impliedApp(staticApp(declared, CLUSTER), CLUSTER);
      assert.deepEqual(appSchema.parse(implied), declared);
    });
  }

  it("contain what the agent serves besides apps", () => {
    const input: z.input<typeof agentsSchema> = {
      web: {
        kubernetes: { clusterName: "production", labels: { env: "prod" }, capsule: {} },
        databases: [
          { name: "orders", protocol: "postgres", uri: "orders:5432", labels: { team: "a" } },
        ],
        databaseResources: [{ env: ["dev", "test"] }],
        discovery: {
          matchers: [{ namespaces: ["shop"], labels: { app: "yes" } }],
          aws: [
            { types: ["ec2"], regions: ["eu-central-1"], joinToken: "ec2", tags: { a: ["b"] } },
          ],
        },
        caSecretName: "private-ca",
        dynamicApps: true,
      },
    };
    const declared = agentsSchema.parse(input)["web"];
    assert.ok(declared !== undefined);
    const values: Record<string, unknown> = {
      ...serviceValues(declared),
      joinParams: { method: "kubernetes", tokenName: "web" },
      tls: { existingCASecretName: "private-ca" },
      appResources: [{ labels: { "access-plane/agent": "web" } }],
    };
    const release = {
      ...{ name: "web", namespace: "capsule-system", chart: "teleport-kube-agent" },
      ...{ version: CHART_VERSION, status: "deployed", values },
    };
    const cluster = { ...release, name: "teleport", values: { clusterName: CLUSTER } };
    const implied = impliedAgent(release, { cluster, namespace: "teleport", vaultSecrets: [] });
    assert.deepEqual(agentsSchema.parse({ web: implied })["web"], declared);
  });
});
