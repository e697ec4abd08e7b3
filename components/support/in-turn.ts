import * as pulumi from "@pulumi/pulumi";

/**
 * Registrations under way at once: no fewer than an engine works on, and few, as one that waits takes
 * 50 KiB, ten times what it leaves. A preview's wait for nothing but the engine.
 */
const underWay = () => (pulumi.runtime.isDryRun() ? 16 : 100);

/**
 * Makes a resource of each of thousands of items, the next one when an earlier one is registered.
 * Results come in the order of the items. After a failed registration nothing more is made in its
 * place, and the result is left open: the resource itself reports the failure.
 */
export async function inTurn<Item, Result>(
  items: Iterable<Item>,
  make: (item: Item) => { resource: pulumi.Resource; result: Result },
): Promise<Result[]> {
  const results: Result[] = [];
  // The workers share it, so each item has one of them.
  const queue = [...items].entries();
  const work = async () => {
    for (const [place, item] of queue) {
      const { resource, result } = make(item);
      results[place] = result;
      await new Promise((resolve) => resource.urn.apply(resolve));
    }
  };
  await Promise.all(Array.from({ length: underWay() }, work));
  return results;
}
