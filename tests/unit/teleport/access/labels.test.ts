import assert from "node:assert/strict";
import type { Answer } from "../../../../teleport/access/decision";
import { matchExpression, matchLabels, matchSelector } from "../../../../teleport/access/labels";
import type { Traits } from "../../../../teleport/access/traits";

type Selector = Record<string, string[]>;

const nobody: Traits = { values: {}, open: false };
const labels = (values: Record<string, string>, dynamic: string[] = []) => ({ values, dynamic });

describe("access: labels", () => {
  // Cases of Teleport's access-controls reference (RBAC for infrastructure resources; Extended
  // label matching syntax) and of TestCheckLabelsMatch and TestMatchLabels of its repository.
  const cases: [string, Selector, Record<string, string>, Answer][] = [
    ["nothing selects nothing", {}, { env: "prod" }, "no"],
    ["nothing selects nothing, not even a resource without labels", {}, {}, "no"],
    ["the wildcard selects a resource without labels", { "*": ["*"] }, {}, "yes"],
    ["the wildcard wins over other keys", { "*": ["*"], env: ["prod"] }, {}, "yes"],
    ["a wildcard key with another value is an ordinary key", { "*": ["a"] }, { env: "a" }, "no"],
    ["any value of a key", { env: ["*"] }, { env: "anything" }, "yes"],
    ["any value of a missing key", { env: ["*"] }, { team: "a" }, "no"],
    ["one of a list", { env: ["test", "staging"] }, { env: "staging" }, "yes"],
    ["none of a list", { env: ["test", "staging"] }, { env: "prod" }, "no"],
    ["a list with the wildcard in it", { env: ["test", "*"] }, { env: "prod" }, "yes"],
    ["an empty list", { env: [] }, { env: "prod" }, "no"],
    ["all keys", { env: ["prod"], region: ["us-*"] }, { env: "prod", region: "us-1" }, "yes"],
    ["not all keys", { env: ["prod"], region: ["us-*"] }, { env: "prod", region: "eu-1" }, "no"],
    ["a glob", { env: ["prod-*"] }, { env: "prod-eu" }, "yes"],
    ["a glob matches an empty text too", { env: ["prod*"] }, { env: "prod" }, "yes"],
    ["a glob is anchored", { env: ["prod-*"] }, { env: "nonprod-eu" }, "no"],
    ["characters of regular expressions in a glob", { env: ["a.b*"] }, { env: "axb" }, "no"],
    ["upper and lower case differ", { env: ["Prod"] }, { env: "prod" }, "no"],
    ["a regular expression", { env: ["^(test|staging)$"] }, { env: "staging" }, "yes"],
    ["only its ends are anchored", { env: ["^test|staging$"] }, { env: "testing" }, "yes"],
    ["with only one anchor it is plain text", { env: ["^prod"] }, { env: "prod" }, "no"],
    ["an empty value", { env: [""] }, { env: "" }, "yes"],
    ["RE2's own syntax", { env: ["^(?i)[[:alpha:]]+$"] }, { env: "PROD" }, "yes"],
    ["an expression that RE2 refuses", { env: ["^(?!dev).*$"] }, { env: "prod" }, "undecided"],
    [
      "a match behind an expression that RE2 refuses",
      { env: ["^(?!x)$", "prod"] },
      { env: "prod" },
      "undecided",
    ],
    [
      "an expression that RE2 refuses, after a match",
      { env: ["prod", "^(?!x)$"] },
      { env: "prod" },
      "yes",
    ],
    ["Teleport's own label", { "teleport.dev/origin": ["kubernetes"] }, {}, "undecided"],
  ];
  for (const [name, selector, target, answer] of cases) {
    it(name, () => {
      assert.equal(matchLabels(selector, labels(target), nobody).answer, answer);
    });
  }

  it("explains what a dynamic label depends on", () => {
    const decision = matchLabels({ load: ["high"] }, labels({}, ["load"]), nobody);
    assert.deepEqual(decision, { answer: "undecided", why: ['dynamic label "load"'] });
    assert.equal(matchLabels({ load: ["*"] }, labels({}, ["load"]), nobody).answer, "yes");
  });

  it("requires both parts to allow and either to deny", () => {
    const selector = { labels: { env: ["prod"] }, expression: 'labels["team"] == "a"' };
    const target = labels({ env: "prod", team: "b" });
    assert.equal(matchSelector(selector, "allow", target, nobody).answer, "no");
    assert.equal(matchSelector(selector, "deny", target, nobody).answer, "yes");
    assert.equal(matchSelector({ labels: {} }, "deny", target, nobody).answer, "no");
  });
});

describe("access: label expressions", () => {
  const target = labels({ env: "staging", team: "red", "project-x": "one", "project-y": "two" });
  const person: Traits = {
    values: { teams: ["red", "blue"], email: ["ann@example.com"], envs: ["env-staging"], none: [] },
    open: false,
  };
  // The examples of Teleport's predicate-language reference, "Label expressions".
  const cases: [string, Answer][] = [
    ['labels["env"] == "staging"', "yes"],
    ["labels.env == `staging`", "yes"],
    ['labels["env"] != "production"', "yes"],
    ['labels["missing"] == ""', "yes"],
    ['labels["env"] == "test" || labels["env"] == "staging"', "yes"],
    ['labels["env"] == "staging" && labels["team"] == "dev"', "no"],
    ['labels["env"] == "x" && labels["team"] == "x" || labels["team"] == "red"', "yes"],
    ['labels["env"] == "x" && (labels["team"] == "x" || labels["team"] == "red")', "no"],
    ['!regexp.match(user.spec.traits["teams"], "contractor")', "yes"],
    ['contains(user.spec.traits["teams"], labels["team"])', "yes"],
    ["contains(user.spec.traits.teams, labels.team)", "yes"],
    ['contains(user.spec.traits["absent"], labels["team"])', "no"],
    ['regexp.match(labels["team"], "^(red|green)$")', "yes"],
    ['regexp.match(labels["team"], "re*")', "yes"],
    ['regexp.match(labels["team"], "re")', "no"],
    [
      'contains(regexp.replace(user.spec.traits["envs"], "^env-(.*)$", "$1"), labels["env"])',
      "yes",
    ],
    ['contains(email.local(user.spec.traits["email"]), "ann")', "yes"],
    ['contains(strings.upper(user.spec.traits["teams"]), "BLUE")', "yes"],
    ['contains(strings.lower(labels["team"]), "red")', "yes"],
    ['contains(labels_matching("^project-(x|z)$"), "one")', "yes"],
    ['contains_any(user.spec.traits["teams"], labels_matching("te*"))', "yes"],
    ['contains_all(user.spec.traits["teams"], labels_matching("project-*"))', "no"],
    ['contains_all(user.spec.traits["teams"], labels_matching("absent-*"))', "no"],
    // Expressions that Teleport refuses or that this model does not support.
    ['labels["env"] = "staging"', "undecided"],
    ['labels["env"]', "undecided"],
    ['exists(labels["env"])', "undecided"],
    ['user.metadata.name == "ann"', "undecided"],
    ['contains(email.local(labels["team"]), "red")', "undecided"],
    ['regexp.match(labels["team"], "^(?=r)red$")', "undecided"],
    ['labels["env"] == "staging" || exists(labels["env"])', "undecided"],
  ];
  for (const [expression, answer] of cases) {
    it(`${answer}: ${expression}`, () => {
      assert.equal(matchExpression(expression, target, person).answer, answer);
    });
  }

  it("fails completely if its left side fails, as in Teleport", () => {
    const failing = 'contains(email.local(labels["team"]), "x")';
    const answer = (expression: string) => matchExpression(expression, target, person).answer;
    assert.equal(answer(`${failing} || labels["env"] == "staging"`), "undecided");
    assert.equal(answer(`labels["env"] == "staging" || ${failing}`), "yes");
  });

  it("depends on traits that only the identity provider knows", () => {
    const { answer, why } = matchExpression(
      'contains(user.spec.traits["teams"], labels["team"])',
      target,
      { values: {}, open: true },
    );
    assert.equal(answer, "undecided");
    assert.match(why.join(), /trait "teams" from the identity provider/);
  });
});
