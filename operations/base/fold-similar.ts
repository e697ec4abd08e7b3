/** Up to this number, all similar items are listed. */
export const MANY = 20;
/** Number of items to list if there are more. */
export const SHOWN = 5;

/** An item of a list, or a placeholder for items that are not listed. */
export interface FoldedItem<Item> {
  item: Item;
  /** Number of similar items that are not listed. 0 for a listed item. */
  more: number;
}

/** Shortens a list: of many items with the same key, keeps the first few and the number of the others. */
export function foldSimilar<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): FoldedItem<Item>[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    const total = counts.get(key) ?? 0;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    if (total <= MANY || before < SHOWN) return [{ item, more: 0 }];
    return before === SHOWN ? [{ item, more: total - SHOWN }] : [];
  });
}
