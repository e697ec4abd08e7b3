import assert from "node:assert/strict";
import * as fc from "fast-check";
import { checkAccess } from "../../../../teleport/access/check";
import { rulesFor } from "../../../../teleport/access/kubernetes-request";
import { matchLabels } from "../../../../teleport/access/labels";
import { matchesPattern, replaceAll } from "../../../../teleport/access/pattern";
import { readRole } from "../../../../teleport/access/role";
import { expand } from "../../../../teleport/access/traits";
import { fill, glob, groupsFor, labelsMatch, type PlainRole, type PlainRule } from "./reference";

const RUNS = { numRuns: 1000 };
const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 4 });
const plain = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 4 });
const key = fc.constantFrom("env", "team", "*");
const value = fc.oneof(letters, fc.constantFrom("*", "{{external.team}}", "x-{{external.none}}"));
const selector: fc.Arbitrary<Record<string, string[]>> = fc.dictionary(
  key,
  fc.array(value, { maxLength: 3 }),
  { maxKeys: 2 },
);
const labels = fc.dictionary(fc.constantFrom("env", "team"), plain, { maxKeys: 2 });
const traits = fc.record(
  { team: fc.array(letters, { maxLength: 2 }), other: fc.constant(["a"]) },
  { requiredKeys: [] },
);
type Traits = Record<string, string[]>;
const closed = (values: Traits) => ({ values, open: false });

const namespace: fc.Arbitrary<string> = fc.constantFrom("a", "a*", "b", "*", "{{external.team}}");
const name = fc.constantFrom("a", "a*", "*", "{{external.none}}");
const verbs = fc.constantFrom<string[]>(["*"], ["get"], ["get", "list"], ["delete"], []);
const oldKinds = fc.constantFrom("pod", "secret", "deployment", "namespace", "kube_node", "*");
const rule = (kind: fc.Arbitrary<string>, group: fc.Arbitrary<string>, where = namespace) =>
  fc.record({ kind, api_group: group, namespace: where, name, verbs });
const rule8 = rule(
  fc.constantFrom("pods", "deployments", "namespaces", "nodes", "widgets", "*"),
  fc.constantFrom("", "apps", "*"),
  fc.oneof(namespace, fc.constant("")),
);
const rule7 = rule(oldKinds, fc.constant(""));
const rulePods = rule(fc.constant("pod"), fc.constant(""));
const groups = fc.array(fc.constantFrom("view", "edit", "{{external.team}}"), { maxLength: 2 });
const role: fc.Arbitrary<PlainRole> = fc
  .constantFrom<PlainRole["version"]>("v5", "v6", "v7", "v8")
  .chain((version) => {
    const rules = version === "v8" ? rule8 : version === "v7" ? rule7 : rulePods;
    const wide = fc.constant<Record<string, string[]>>({ "*": ["*"] });
    return fc.record({
      version: fc.constant(version),
      allow: fc.record({
        labels: fc.oneof(wide, selector),
        groups,
        resources: fc.array(rules, { maxLength: 2 }),
      }),
      deny: fc.record({
        labels: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, selector),
        groups: fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, groups),
        resources: fc.oneof(
          { weight: 4, arbitrary: fc.constant<PlainRule[]>([]) },
          fc.array(rules, { maxLength: 1 }),
        ),
      }),
    });
  });
const request = fc
  .constantFrom(
    ["pods", "", true],
    ["secrets", "", true],
    ["deployments", "apps", true],
    ["widgets", "example.com", true],
    ["nodes", "", false],
    ["namespaces", "", false],
  )
  .chain(([kind, apiGroup, namespaced]) =>
    fc.record({
      kind: fc.constant(kind as string),
      apiGroup: fc.constant(apiGroup as string),
      namespace: namespaced ? fc.constantFrom("a", "ab", "b", "") : fc.constant(""),
      name: fc.constantFrom("a", "ab", "b"),
      verb: fc.constantFrom("get", "list", "delete"),
    }),
  );

function read(source: PlainRole, index: number) {
  const conditions = ({ labels, groups, resources }: PlainRole["allow"]) => ({
    kubernetes_labels: labels,
    kubernetes_groups: groups,
    kubernetes_resources: resources,
  });
  const spec = { allow: conditions(source.allow), deny: conditions(source.deny) };
  return readRole(`role-${index}`, { version: source.version, spec });
}

describe("access compared with a second implementation of Teleport's rules", () => {
  it("globs", () => {
    fc.assert(
      fc.property(letters, plain, (pattern, text) => {
        assert.equal(matchesPattern(text, pattern), glob(pattern, text));
      }),
      RUNS,
    );
  });

  it("templates", () => {
    fc.assert(
      fc.property(value, traits, (text, values) => {
        const expected = fill(text, values as Traits);
        const { values: got, error } = expand(text, closed(values as Traits));
        if (expected === undefined) assert.ok(error !== undefined);
        else assert.deepEqual(got, expected);
      }),
      RUNS,
    );
  });

  it("labels", () => {
    fc.assert(
      fc.property(selector, labels, traits, (wanted, target, values) => {
        const { answer } = matchLabels(
          wanted,
          { values: target, dynamic: [] },
          closed(values as Traits),
        );
        const expected = labelsMatch(wanted, target, values as Traits);
        assert.equal(answer, expected ? "yes" : "no");
      }),
      RUNS,
    );
  });

  it("replacements that JavaScript and Go treat alike", () => {
    fc.assert(
      fc.property(plain, fc.constantFrom("a", "a+", "(a)(b)?", "[ab]"), (text, expression) => {
        const changed = replaceAll(text, expression, "<${1}>");
        const js = new RegExp(expression, "g");
        const groups = /\(/.test(expression);
        const expected = text.replace(js, (_, first: unknown) =>
          groups && typeof first === "string" ? `<${first}>` : "<>",
        );
        assert.equal(changed ?? text, expected);
      }),
      RUNS,
    );
  });

  it("requests to Kubernetes, with roles of every version", () => {
    let reached = 0;
    fc.assert(
      fc.property(
        fc.array(role, { minLength: 1, maxLength: 3 }),
        traits,
        labels,
        request,
        (roles, values, target, asked) => {
          const expected = groupsFor(roles, values as Traits, target, asked);
          const grant = checkAccess(
            roles.map(read),
            closed(values as Traits),
            { kind: "kubernetes", name: "c", labels: { values: target, dynamic: [] } },
            [],
          );
          const rules = grant?.kubernetes === undefined ? [] : rulesFor(grant.kubernetes, asked);
          const got = [...new Set(rules.flatMap((one) => one.groups))].sort();
          if (expected !== undefined) reached++;
          assert.deepEqual(got, expected ?? []);
        },
      ),
      { numRuns: 8000 },
    );
    assert.ok(reached > 600, `only ${reached} of 8000 cases reach the cluster`);
  });
});
