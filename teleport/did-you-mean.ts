import { closest, distance } from "fastest-levenshtein";

/** The known word that a misspelt one most likely means. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const fold = (text: string) => text.toLowerCase().replace(/[-_ ]/g, "");
  const same = known.find((candidate) => fold(candidate) === fold(word));
  const best = same ?? closest(word, [...known]);
  const start = known.find(
    (candidate) => word.length >= 4 && fold(candidate).startsWith(fold(word)),
  );
  if (start !== undefined) return start;
  const allowed = Math.max(2, Math.floor(best.length / 3));
  return same !== undefined || distance(word, best) <= allowed ? best : undefined;
}

/** The end of a message about a word that is not known: what it most likely means, or `otherwise`. */
export function hint(word: string, known: readonly string[], otherwise = "."): string {
  const meant = didYouMean(word, known);
  return meant === undefined ? otherwise : `: did you mean ${meant}?`;
}
