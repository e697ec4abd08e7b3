import { UNSEEN } from "../../settings/unseen-characters";

/**
 * Sequences that a terminal obeys (ECMA-48): commands that end by themselves or by ST, and those of
 * one character. The first alternative, colours and weight, is all that output for people needs.
 */
const SEQUENCES =
  /(\u001b\[(?:0|1|2|22|39|49|3[0-7]|9[0-7])?m)|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;

/** Other characters that a terminal obeys, and those that turn the direction of what follows. */
const CONTROLS = new RegExp(
  String.raw`(?!\u001b\[[\d]*m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f${UNSEEN}]`,
  "g",
);

/**
 * A text that a terminal only shows: what clusters, clouds and engines say can neither move the cursor
 * nor set a title, nor hide what stands beside it. Colours stay.
 */
export function terminalText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(SEQUENCES, (_whole, colour: string | undefined) => colour ?? "")
    .replace(CONTROLS, "");
}
