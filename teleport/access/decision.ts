/** An answer from settings alone: yes, no, or undecided, when it depends on what only Teleport knows. */
export type Answer = "yes" | "no" | "undecided";

/** An answer. `why` says what an undecided answer depends on. */
export interface Decision {
  answer: Answer;
  why: string[];
}

export const YES: Decision = { answer: "yes", why: [] };
export const NO: Decision = { answer: "no", why: [] };

export function undecided(...why: string[]): Decision {
  return { answer: "undecided", why };
}

export function decided(value: boolean): Decision {
  return value ? YES : NO;
}

/** Yes if all are yes. No if one is no, even if others are undecided. */
export function allOf(decisions: readonly Decision[]): Decision {
  if (decisions.some(({ answer }) => answer === "no")) return NO;
  const open = decisions.filter(({ answer }) => answer === "undecided");
  return open.length === 0 ? YES : undecided(...unique(open.flatMap(({ why }) => why)));
}

/** Yes if one is yes, even if others are undecided. No if all are no. */
export function anyOf(decisions: readonly Decision[]): Decision {
  return not(allOf(decisions.map(not)));
}

export function not({ answer, why }: Decision): Decision {
  const opposite = { yes: "no", no: "yes", undecided: "undecided" } as const;
  return { answer: opposite[answer], why };
}

/** The same values, each once, in order of appearance. */
export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
