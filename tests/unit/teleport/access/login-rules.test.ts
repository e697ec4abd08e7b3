import assert from "node:assert/strict";
import fc from "fast-check";
import { accessOf } from "../../../../inventory/access";
import { applyLoginRules, loginRules } from "../../../../teleport/access/login-rules";
import type { Traits } from "../../../../teleport/access/traits";

const alice: Traits = {
  values: { groups: ["devs", "security"], username: ["alice"], "with-hyphen": ["-"] },
  open: false,
};
const rule = (traits_map: Record<string, string[]>, priority = 0) => ({
  spec: { priority, traits_map },
});
const sorted = ({ values }: Traits) =>
  Object.fromEntries(Object.entries(values).map(([trait, texts]) => [trait, [...texts].sort()]));
const mapped = (expressions: string[], traits: Traits = alice): Traits =>
  applyLoginRules(loginRules({ test: rule({ out: expressions }) }), traits);
const unknownOf = (traits: Traits, name = "out") => traits.partly?.[name] ?? [];

describe("access: login rules", () => {
  // Teleport's login-rules reference, its examples; TestEvaluateTraitsMap in lib/expression.
  const cases: [string[], string[]][] = [
    [["external.groups"], ["devs", "security"]],
    [['external["with-hyphen"]'], ["-"]],
    [["external.absent"], []],
    [
      ["a", '"b"'],
      ["a", "b"],
    ],
    [['set("a", "b", "a")'], ["a", "b"]],
    [['union(set("a", "b"), set("b", "c"))'], ["a", "b", "c"]],
    [['ifelse(external.groups.contains("devs"), set("x"), set())'], ["x"]],
    [['ifelse(set("a", "b").contains("c"), set("x", "y"), set("z"))'], ["z"]],
    [['ifelse(ifelse(true, true, false), "correct", "wrong")'], ["correct"]],
    [['set(ifelse(true, "correct", "wrong"), "correct")'], ["correct"]],
    [['external.groups.remove("devs").add("test").remove("test").remove("none")'], ["security"]],
    [
      ['strings.lower("APPLE")', 'strings.lower(set("cherry", "dragonFRUIT"))'],
      ["apple", "cherry", "dragonfruit"],
    ],
    [["strings.upper(external.username)"], ["ALICE"]],
    [
      ['strings.replaceall(strings.replaceall("user@example.com", "@", "_"), ".", "-")'],
      ["user_example-com"],
    ],
    [['strings.replaceall(set("dev-team", "platform-team"), "-team", "")'], ["dev", "platform"]],
    [['strings.split(set("alice,bob", "carol"), ",")'], ["alice", "bob", "carol"]],
    [['email.local(set("Alice <alice@example.com>"))'], ["alice"]],
    [
      ['regexp.replace(set("team-dev-security", "none"), "^team-(.*)-(.*)$", "$1.$2")'],
      ["dev.security"],
    ],
    [['choose(option(false, "a"), option(true, "b"), option(true, "c"),)'], ["b"]],
    [['ifelse(external.groups.contains("it") || !external.x.contains("y"), "yes", "no")'], ["yes"]],
    [['ifelse(contains_all(external.groups, set("devs", "x")), "yes", "no")'], ["no"]],
    [['ifelse(external.groups.contains_all(set()), "yes", "no")'], ["no"]],
    [['ifelse(external.groups.contains_any(set("x", "devs")), "yes", "no")'], ["yes"]],
    [['ifelse(external["d"].isempty(), "yes", "no")'], ["yes"]],
    [
      ['external.put("x", set("y"))["x"]', 'dict(pair("a", set("z"))).a'],
      ["y", "z"],
    ],
    [['ifelse("a" == "a" && "a" != "b", "yes", "no")'], ["yes"]],
  ];
  for (const [expressions, expected] of cases) {
    it(expressions.join(" and "), () => {
      const traits = mapped(expressions);
      assert.deepEqual(unknownOf(traits), []);
      assert.deepEqual(sorted(traits)["out"], expected);
    });
  }

  it("keep only the traits in traits_map, or the result of traits_expression", () => {
    const traits = (traits_expression: string) =>
      sorted(applyLoginRules(loginRules({ test: { spec: { traits_expression } } }), alice));
    assert.deepEqual(sorted(mapped(["external.groups"])), { out: ["devs", "security"] });
    assert.deepEqual(traits('external.put("groups", strings.upper(external.groups))'), {
      ...alice.values,
      groups: ["DEVS", "SECURITY"],
    });
    const nothing = { groups: [], username: [], "with-hyphen": [] };
    assert.deepEqual(traits('external.remove("groups", "username", "with-hyphen")'), nothing);
    assert.deepEqual(
      traits('dict(pair("a", set("x"))).add_values("a", "y").add_values("b", "z")'),
      {
        a: ["x", "y"],
        b: ["z"],
      },
    );
  });

  it("apply by priority, then by name, each to the result of the previous rule", () => {
    const rules = loginRules({
      z: rule({ out: ['external.out.add("z")'] }, -1),
      b: rule({ out: ['strings.upper(external.out.add("b"))'] }),
      a: rule({ out: ['external.out.add("a")'] }),
    });
    assert.deepEqual(
      rules.map(({ name }) => name),
      ["z", "a", "b"],
    );
    assert.deepEqual(sorted(applyLoginRules(rules, alice)), { out: ["A", "B", "Z"] });
  });

  it("are uncertain, by name, only if an expression is not supported", () => {
    for (const expression of [
      'jsonpath("$.groups")',
      'ifelse(time.RFC3339("2026-01-01T00:00:00Z").before(now), "a", "b")',
      'email.local(set("nobody"))',
      'regexp.replace(external.groups, "(", "")',
      'choose(option(false, "a"))',
      "external",
      "strings.lower(",
      "dev-ops",
      'set(set("a"))',
    ]) {
      const traits = applyLoginRules(
        loginRules({ odd: rule({ out: [expression, '"sure"'], other: ["external.groups"] }) }),
        alice,
      );
      assert.deepEqual(traits.values["out"], ["sure"], expression);
      assert.match(unknownOf(traits)[0] ?? "", /^login rule odd: ./, expression);
      assert.deepEqual(unknownOf(traits, "other"), [], expression);
    }
  });

  it("return only the values that both branches share, if a trait is unknown", () => {
    const somebody: Traits = { values: { groups: ["devs"] }, open: true };
    const traits = mapped(
      ['ifelse(external.team.contains("red"), set("a", "b"), set("a", "c"))'],
      somebody,
    );
    assert.deepEqual(traits.values["out"], ["a"]);
    assert.deepEqual(unknownOf(traits), ['trait "team" from the identity provider']);
    const sure = mapped(['ifelse(external.team.contains("red"), "a", "a")'], somebody);
    assert.deepEqual([sure.values["out"], unknownOf(sure)], [["a"], []]);
  });

  // A result for a principal with few known traits holds for any traits that it may have.
  it("never promise a value for unknown traits that some known traits would not get", () => {
    const texts = fc.constantFrom('"a"', '"b"', '"A"');
    const { set } = fc.letrec<{ set: string; truth: string }>((tie) => ({
      set: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom("external.known", "external.unknown"),
        texts.map((text) => `set(${text})`),
        fc.tuple(tie("set"), tie("set")).map(([a, b]) => `union(${a}, ${b})`),
        tie("set").map((inner) => `strings.lower(${inner})`),
        fc.tuple(tie("truth"), tie("set"), tie("set")).map((args) => `ifelse(${args.join()})`),
        fc
          .tuple(tie("truth"), tie("set"), tie("set"))
          .map(([truth, a, b]) => `choose(option(${truth}, ${a}), option(true, ${b}))`),
        fc.tuple(tie("set"), texts).map(([a, text]) => `union(${a}, set()).remove(${text})`),
      ),
      truth: fc.oneof(
        { maxDepth: 2 },
        fc.tuple(tie("set"), texts).map(([a, text]) => `union(${a}).contains(${text})`),
        fc.tuple(tie("set"), tie("set")).map(([a, b]) => `contains_all(${a}, ${b})`),
        fc.tuple(tie("set"), tie("set")).map(([a, b]) => `contains_any(${a}, ${b})`),
        tie("set").map((a) => `is_empty(${a})`),
        tie("truth").map((inner) => `!(${inner})`),
        fc.tuple(tie("truth"), tie("truth")).map(([a, b]) => `(${a} && ${b})`),
      ),
    }));
    const some = fc.uniqueArray(fc.constantFrom("a", "b", "A"));
    fc.assert(
      fc.property(set, some, some, (expression, known, unknown) => {
        const told = mapped([expression], { values: { known }, open: true });
        const really = mapped([expression], { values: { known, unknown }, open: false });
        assert.deepEqual(unknownOf(really), []);
        const values = really.values["out"] ?? [];
        for (const value of told.values["out"] ?? []) assert.ok(values.includes(value), value);
        if (unknownOf(told).length === 0) assert.deepEqual(sorted(told), sorted(really));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("access: mappings after login rules", () => {
  const settings = (traits_map: Record<string, string[]>, value = "sre") => ({
    resources: {
      presets: [],
      roles: {
        sre: {
          spec: { allow: { app_labels: { team: "{{external.team}}" } } },
        },
      },
      loginRules: { lower: rule(traits_map) },
      oidcConnectors: {
        sso: { spec: { claims_to_roles: [{ claim: "groups", value, roles: ["sre"] }] } },
      },
      apps: { wiki: { labels: { team: "web" }, spec: { uri: "http://wiki" } } },
    },
  });
  const principal = (...args: Parameters<typeof settings>) => {
    const { principals } = accessOf(settings(...args));
    return principals.find(({ kind }) => kind === "oidc-claim") ?? assert.fail();
  };

  it("use the traits that rules add, without those that they remove", () => {
    const given = principal({ groups: ["strings.lower(external.groups)"], team: ["web"] });
    assert.deepEqual(
      given.grants.map(({ verdict }) => verdict),
      ["allowed"],
    );
    assert.deepEqual(principal({ groups: ["external.groups"] }).grants, []);
    const [open] = principal({ groups: ["external.groups"], team: ["external.team"] }).grants;
    assert.match(open?.why.join() ?? "", /trait "team" from the identity provider/);
  });

  it("give no role if no rule keeps the trait", () => {
    const { roles, notes } = principal({ team: ["web"] });
    assert.deepEqual(roles, []);
    assert.deepEqual(notes, ["login rule lower leaves no such groups: nobody is meant"]);
  });

  it("are uncertain and name the login rule if its result is unknown", () => {
    for (const [groups, value, expected] of [
      ["strings.lower(external.groups)", "SRE", /login rule lower ever leaves "SRE" in groups/],
      ['jsonpath("$.groups")', "sre", /login rule lower: jsonpath\(\) is not known/],
    ] as const) {
      const [grant] = principal({ groups: [groups], team: ["web"] }, value).grants;
      assert.equal(grant?.verdict, "undecided");
      assert.match(grant.why.join(), expected);
    }
  });
});
