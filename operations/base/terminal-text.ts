import { UNSEEN } from "../../settings/unseen-characters";

/**
 * Control sequences of terminals (ECMA-48). Colours and weight, the first alternative, are the only ones
 * that output needs.
 */
const SEQUENCES =
  /(\u001b\[(?:0|1|2|22|39|49|3[0-7]|9[0-7])?m)|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;

/** Other control characters, and characters that change the direction of text. */
const CONTROLS = new RegExp(
  String.raw`(?!\u001b\[[\d]*m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f${UNSEEN}]`,
  "g",
);

/**
 * Removes control sequences except colours, so that texts from clusters, clouds and engines cannot move the
 * cursor, set a title or hide other text.
 */
export function terminalText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(SEQUENCES, (_whole, colour: string | undefined) => colour ?? "")
    .replace(CONTROLS, "");
}
