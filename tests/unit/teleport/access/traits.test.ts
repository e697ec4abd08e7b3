import assert from "node:assert/strict";
import { replaceAll } from "../../../../teleport/access/pattern";
import { expand, expandAll, type Traits } from "../../../../teleport/access/traits";

const person: Traits = {
  values: {
    logins: ["root", "ann"],
    email: ["Ann <ann@example.com>", "a.b+c@example.com"],
    groups: ["team-red", "other", ""],
    "http://schemas.example.com/name": ["ann"],
    broken: ["not an address"],
    empty: [],
  },
  open: false,
};

describe("access: role templates", () => {
  // Teleport's access-controls reference, "Role templates"; TestApplyTraits of its repository.
  const cases: [string, string[] | undefined][] = [
    ["plain", ["plain"]],
    ["{{internal.logins}}", ["root", "ann"]],
    ["{{ external.logins }}", ["root", "ann"]],
    ['{{external["logins"]}}', ["root", "ann"]],
    ['{{external["http://schemas.example.com/name"]}}', ["ann"]],
    ["user-{{external.logins}}-x", ["user-root-x", "user-ann-x"]],
    ["  user-{{external.logins}}  ", ["user-root", "user-ann"]],
    ["{{email.local(external.email)}}", ["ann", "a.b+c"]],
    ["{{email.local(external.broken)}}", undefined],
    ['{{regexp.replace(external.groups, "^team-(.*)$", "k8s:$1")}}', ["k8s:red"]],
    ['{{regexp.replace(external.groups, "e", "E")}}', ["tEam-rEd", "othEr"]],
    ['{{regexp.replace(email.local(external.email), "^a", "A")}}', ["Ann", "A.b+c"]],
    ["{{external.absent}}", undefined],
    ["{{external.empty}}", undefined],
    ["{{internal.groups}}", undefined],
    ["{{user.name}}", undefined],
    ["{{external.logins}}{{external.logins}}", undefined],
    ["{{external.logins", undefined],
    ['{{regexp.replace(external.groups, "(?=x)", "")}}', undefined],
    ["{{regexp.match(external.groups)}}", undefined],
  ];
  for (const [template, expected] of cases) {
    it(`${template} → ${expected?.join(", ") ?? "left out"}`, () => {
      const { values, unknown, error } = expand(template, person);
      assert.deepEqual(unknown, []);
      if (expected === undefined) assert.ok(error !== undefined);
      else assert.deepEqual(values, expected);
    });
  }

  it("keeps values that only the identity provider knows as unknown", () => {
    const { values, unknown } = expandAll(["x", "{{external.groups}}", "{{external.a"], {
      values: {},
      open: true,
    });
    assert.deepEqual(values, ["x"]);
    assert.deepEqual(unknown, ['{{external.groups}}: trait "groups" from the identity provider']);
  });

  it("expands groups like Go, not like JavaScript", () => {
    assert.equal(
      replaceAll("team-red", "^team-(?P<name>.*)$", "${name}-$name-$1x-$$"),
      "red-red--$",
    );
    assert.equal(replaceAll("aaa", "b", "c"), undefined);
    assert.equal(replaceAll("abab", "a(x)?", "[$1]"), "[]b[]b");
  });
});
