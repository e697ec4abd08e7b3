import assert from "node:assert/strict";
import { checkAccess } from "../../../../teleport/access/check";
import { parseRequest, rulesFor } from "../../../../teleport/access/kubernetes-request";
import { coversRequest, resourcesText } from "../../../../teleport/access/kubernetes-resources";
import { readRole } from "../../../../teleport/access/role";

const cluster = {
  kind: "kubernetes" as const,
  name: "prod",
  labels: { values: { env: "prod" }, dynamic: [] },
};

type Spec = Record<string, unknown>;

const allowing = (resources?: Spec[], more: Spec = {}): Spec => ({
  allow: {
    kubernetes_labels: { env: "prod" },
    kubernetes_groups: ["view"],
    ...(resources === undefined ? {} : { kubernetes_resources: resources }),
    ...more,
  },
});

/** Groups of an allowed request. Empty if it is not allowed. */
function groups(roles: [version: string, spec: Spec][], text: string): string[] {
  const read = roles.map(([version, spec], index) => readRole(`r${index}`, { version, spec }));
  const traits = { values: { team: ["red"] }, open: false };
  const access = checkAccess(read, traits, cluster, [])?.kubernetes;
  const request = parseRequest(text);
  assert.ok(request, `cannot read ${text}`);
  return access === undefined ? [] : rulesFor(access, request).flatMap((rule) => rule.groups);
}

const rule = (kind: string, namespace: string, name = "*", verbs = ["*"], api_group?: string) => ({
  kind,
  namespace,
  name,
  verbs,
  ...(api_group === undefined ? {} : { api_group }),
});

describe("access: kubernetes_resources", () => {
  // Teleport's access-controls reference ("Role versions"), its Kubernetes RBAC guide, and
  // TestKubeResourceMatchesRegex of its repository.
  const cases: [string, [string, Spec][], string, boolean][] = [
    ["v8 without rules allows everything", [["v8", allowing()]], "delete secrets/x -n a", true],
    ["v7 without rules allows everything", [["v7", allowing()]], "delete nodes/x", true],
    ["v5 without rules allows everything", [["v5", allowing()]], "delete pods/x -n a", true],
    ["v6 without rules allows no pods", [["v6", allowing([])]], "get pods/x -n a", false],
    [
      "v6 without rules allows everything else",
      [["v6", allowing([])]],
      "delete secrets/x -n a",
      true,
    ],
    [
      "v6 cannot limit verbs",
      [["v6", allowing([rule("pod", "a", "*", ["get"])])]],
      "delete pods/x -n a",
      true,
    ],
    [
      "v7 limits verbs",
      [["v7", allowing([rule("pod", "a", "*", ["get"])])]],
      "delete pods/x -n a",
      false,
    ],
    ["v7 limits kinds", [["v7", allowing([rule("pod", "a")])]], "get secrets/x -n a", false],
    [
      "v7 namespace includes everything in it",
      [["v7", allowing([rule("namespace", "", "a")])]],
      "delete secrets/x -n a",
      true,
    ],
    [
      "v7 namespace excludes everything outside",
      [["v7", allowing([rule("namespace", "", "a")])]],
      "delete nodes/x",
      false,
    ],
    [
      "v7 wildcard includes cluster-wide kinds",
      [["v7", allowing([rule("*", "a")])]],
      "delete nodes/x",
      true,
    ],
    [
      "v8 wildcard in a namespace excludes cluster-wide kinds",
      [["v8", allowing([rule("*", "a", "*", ["*"], "*")])]],
      "delete nodes/x",
      false,
    ],
    [
      "v8 needs the API group",
      [["v8", allowing([rule("deployments", "a", "*", ["*"], "")])]],
      "get deployments/x -n a",
      false,
    ],
    [
      "v8 with the API group",
      [["v8", allowing([rule("deployments", "a", "*", ["*"], "apps")])]],
      "get deployments/x -n a",
      true,
    ],
    [
      "v8 rule for other kinds",
      [["v8", allowing([rule("widgets", "*", "*", ["*"], "*.example.com")])]],
      "get widgets.a.example.com/x -n a",
      true,
    ],
    [
      "whoever reaches something in a namespace may read the namespace",
      [["v8", allowing([rule("pods", "a", "*", ["get"], "")])]],
      "get namespaces/a",
      true,
    ],
    [
      "whoever reaches something in a namespace may not delete the namespace",
      [["v8", allowing([rule("pods", "a", "*", ["*"], "")])]],
      "delete namespaces/a",
      false,
    ],
    [
      "names are patterns",
      [["v8", allowing([rule("pods", "a", "web-*", ["*"], "")])]],
      "get pods/web-1 -n a",
      true,
    ],
    [
      "names are regular expressions",
      [["v8", allowing([rule("pods", "a", "^web-\\d+$", ["*"], "")])]],
      "get pods/web-x -n a",
      false,
    ],
    [
      "traits in namespaces",
      [["v8", allowing([rule("pods", "{{external.team}}-*", "*", ["*"], "")])]],
      "get pods/x -n red-1",
      true,
    ],
    [
      "a rule with a missing trait does not count",
      [["v8", allowing([rule("pods", "{{external.no}}", "*", ["*"], "")])]],
      "get pods/x -n red",
      false,
    ],
    [
      "no verbs allow nothing",
      [["v8", allowing([rule("pods", "*", "*", [], "")])]],
      "get pods/x -n a",
      false,
    ],
    [
      "a request for all namespaces needs a rule for all",
      [["v8", allowing([rule("pods", "^.*$", "*", ["*"], "")])]],
      "list pods",
      false,
    ],
    [
      "other labels",
      [["v8", { allow: { kubernetes_labels: { env: "dev" }, kubernetes_groups: ["view"] } }]],
      "get pods/x -n a",
      false,
    ],
    [
      "no labels at all",
      [["v8", { allow: { kubernetes_groups: ["view"] } }]],
      "get pods/x -n a",
      false,
    ],
    [
      "neither group nor user",
      [["v8", allowing(undefined, { kubernetes_groups: [] })]],
      "get pods/x -n a",
      false,
    ],
    [
      "denied by another role",
      [
        ["v8", allowing()],
        ["v8", { deny: { kubernetes_resources: [rule("secrets", "*", "*", ["*"], "")] } }],
      ],
      "get secrets/x -n a",
      false,
    ],
    [
      "denied by another role, but not the rest",
      [
        ["v8", allowing()],
        ["v8", { deny: { kubernetes_resources: [rule("secrets", "*", "*", ["*"], "")] } }],
      ],
      "get pods/x -n a",
      true,
    ],
    [
      "everything is denied",
      [
        ["v8", allowing()],
        ["v7", { deny: { kubernetes_resources: [rule("*", "*")] } }],
      ],
      "get pods/x -n a",
      false,
    ],
    [
      "denied by labels",
      [
        ["v8", allowing()],
        ["v8", { deny: { kubernetes_labels: { env: "*" } } }],
      ],
      "get pods/x -n a",
      false,
    ],
    [
      "the group is denied everywhere",
      [
        ["v8", allowing()],
        ["v8", { deny: { kubernetes_groups: ["view"] } }],
      ],
      "get pods/x -n a",
      false,
    ],
  ];
  for (const [title, roles, request, passes] of cases) {
    it(`${title}: ${request} ${passes ? "passes" : "is refused"}`, () => {
      assert.deepEqual(groups(roles, request), passes ? ["view"] : []);
    });
  }

  it("uses only the groups of roles that allow a request", () => {
    const pods = allowing([rule("pods", "a", "*", ["*"], "")], { kubernetes_groups: ["edit"] });
    const roles: [string, Spec][] = [
      ["v8", allowing([rule("secrets", "a", "*", ["*"], "")])],
      ["v8", pods],
    ];
    assert.deepEqual(groups(roles, "get pods/x -n a"), ["edit"]);
    assert.deepEqual(groups(roles, "get secrets/x -n a"), ["view"]);
  });

  it("reads requests as kubectl writes them", () => {
    assert.deepEqual(parseRequest("delete pods/web -n shop"), {
      verb: "delete",
      kind: "pods",
      apiGroup: "",
      name: "web",
      namespace: "shop",
    });
    assert.equal(parseRequest("list deployments")?.apiGroup, "apps");
    assert.equal(parseRequest("list widgets.example.com")?.apiGroup, "example.com");
    assert.equal(parseRequest("pods"), undefined);
    assert.equal(parseRequest("get pods extra words"), undefined);
  });

  it("allows a request without namespace only by rules for all namespaces", () => {
    const anywhere = { kind: "pods", apiGroup: "", namespace: "^.*$", name: "*", verbs: ["*"] };
    const request = { kind: "pods", apiGroup: "", namespace: "", name: "x", verb: "list" };
    assert.equal(coversRequest(anywhere, request, "allow"), false);
    assert.equal(coversRequest({ ...anywhere, namespace: "*" }, request, "allow"), true);
  });

  it("describes rules in words", () => {
    const [pods, everything] = [
      { kind: "pods", apiGroup: "", namespace: "a", name: "web-*", verbs: ["get", "list"] },
      { kind: "*", apiGroup: "*", namespace: "*", name: "*", verbs: ["*"] },
    ];
    assert.equal(resourcesText([pods]), 'get, list pods "web-*" in a');
    assert.equal(resourcesText([pods, everything]), "everything");
  });
});
