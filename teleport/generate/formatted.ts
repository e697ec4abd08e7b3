import { format } from "oxfmt";
import { printWidth } from "../../.oxfmtrc.json";

/** A generated file's text as `npm run format` writes it. Throws if the text is not valid. */
export async function formatted(file: string, text: string): Promise<string> {
  const { code, errors } = await format(file, text, { printWidth });
  if (errors.length > 0) throw new Error(`${file}: ${errors.map((e) => e.message).join("; ")}`);
  return code;
}
