/** Above so many items that are alike, only the first are named. */
export const MANY = 20;
/** So many of them. */
export const SHOWN = 5;

/** An item of a list, or what stands for all those like it that are left out. */
export interface Folded<Item> {
  item: Item;
  /** How many it stands for; 0 where it is shown itself. */
  more: number;
}

/** Keeps a list readable with ten thousand items: where many are alike, the first and a number. */
export function folded<Item>(
  items: readonly Item[],
  alike: (item: Item) => string,
): Folded<Item>[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(alike(item), (counts.get(alike(item)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return items.flatMap((item) => {
    const key = alike(item);
    const total = counts.get(key) ?? 0;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    if (total <= MANY || before < SHOWN) return [{ item, more: 0 }];
    return before === SHOWN ? [{ item, more: total - SHOWN }] : [];
  });
}
