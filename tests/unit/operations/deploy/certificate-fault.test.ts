import * as assert from "node:assert/strict";
import { certificateFault } from "../../../../operations/deploy/certificate-fault";
import type { KubeReader } from "../../../../operations/clients/kubernetes";

const owner = (kind: string, name: string) => [{ kind, name }];

/** A cluster in which cert-manager cannot present a DNS-01 challenge. */
const failing = () => ({
  Certificate: [
    {
      metadata: { name: "teleport-tls", generation: 2 },
      status: {
        conditions: [
          {
            ...{ type: "Ready", status: "False", reason: "DoesNotExist", observedGeneration: 2 },
            message: "Issuing certificate as Secret does not exist",
          },
        ],
      },
    },
  ],
  CertificateRequest: [
    {
      metadata: {
        name: "teleport-tls-1",
        creationTimestamp: "2026-01-01T00:00:00Z",
        ownerReferences: owner("Certificate", "teleport-tls"),
      },
      status: { conditions: [{ type: "Ready", status: "False", message: "of the last attempt" }] },
    },
    {
      metadata: {
        name: "teleport-tls-2",
        creationTimestamp: "2026-01-02T00:00:00Z",
        ownerReferences: owner("Certificate", "teleport-tls"),
      },
      status: {
        conditions: [
          { type: "Approved", status: "True", message: "approved" },
          { type: "Ready", status: "False", reason: "Pending", message: "Waiting on order" },
        ],
      },
    },
  ],
  Order: [
    {
      metadata: {
        name: "teleport-tls-2-1",
        ownerReferences: owner("CertificateRequest", "teleport-tls-2"),
      },
      status: { state: "pending" },
    },
    {
      metadata: { name: "other", ownerReferences: owner("CertificateRequest", "other-1") },
      status: { state: "invalid", reason: "somebody else's" },
    },
  ],
  Challenge: [
    {
      metadata: { name: "a", ownerReferences: owner("Order", "teleport-tls-2-1") },
      spec: { dnsName: "example.com", type: "DNS-01" },
      status: { state: "pending", reason: "AccessDenied: not authorized to change the zone" },
    },
    {
      metadata: { name: "b", ownerReferences: owner("Order", "teleport-tls-2-1") },
      spec: { dnsName: "done.example.com", type: "DNS-01" },
      status: { state: "valid" },
    },
  ],
});

function cluster(objects: Partial<Record<string, object[]>>): KubeReader {
  return {
    get: (_version: string, kind: string) => Promise.resolve(objects[kind]?.[0]),
    list: (_version: string, kind: string) => Promise.resolve(objects[kind] ?? []),
  } as unknown as KubeReader;
}

describe("a Certificate that is not issued", () => {
  const fault = (objects: Partial<Record<string, object[]>>) =>
    certificateFault("teleport-tls", "teleport", cluster(objects));

  it("is explained by its conditions, newest request, order and challenge, and no others", async () => {
    assert.equal(
      await fault(failing()),
      [
        "Certificate teleport-tls is not Ready:",
        "  Ready is False (DoesNotExist): Issuing certificate as Secret does not exist",
        "  CertificateRequest: Ready is False (Pending): Waiting on order",
        "  Order teleport-tls-2-1: pending",
        "  Challenge DNS-01 of example.com: pending: AccessDenied: not authorized to change the zone",
      ].join("\n"),
    );
  });

  it("is explained by the Certificate alone if its issuer uses no orders", async () => {
    const { Certificate } = failing();
    assert.match((await fault({ Certificate })) ?? "", /^[^\n]+\n {2}Ready is False [^\n]+$/);
  });

  it("is reported as not processed if no operator has seen it", async () => {
    const certificate = { metadata: { name: "teleport-tls", generation: 1 } };
    assert.match((await fault({ Certificate: [certificate] })) ?? "", /see whether it runs/);
  });

  it("is not reported if it is Ready or deleted by now", async () => {
    const ready = { type: "Ready", status: "True", observedGeneration: 2 };
    const certificate = { metadata: { generation: 2 }, status: { conditions: [ready] } };
    assert.equal(await fault({ Certificate: [certificate] }), undefined);
    assert.equal(await fault({}), undefined);
  });

  it("is not Ready if only an older spec was", async () => {
    const ready = { type: "Ready", status: "True", observedGeneration: 1 };
    const certificate = { metadata: { generation: 2 }, status: { conditions: [ready] } };
    assert.match((await fault({ Certificate: [certificate] })) ?? "", /is not Ready/);
  });
});
