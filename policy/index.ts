import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules";

/** The guardrails as a policy pack: `pulumi preview --policy-pack policy`. */
new PolicyPack("access-plane", {
  policies: rules.map(({ name, description, level, violations }) => ({
    name,
    description,
    enforcementLevel: level,
    validateResource: ({ type, name: resource, props, opts }, report) => {
      const inspected = { type, name: resource, props, protect: opts.protect };
      for (const problem of violations(inspected)) report(`${resource} ${problem}.`);
    },
  })),
});
