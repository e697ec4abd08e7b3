import * as pulumi from "@pulumi/pulumi";

/**
 * Number of parallel registrations. Not fewer than an engine works on, and not many more: a waiting one
 * takes 50 KiB, ten times what a finished one does. In a preview they wait only for the engine.
 */
const underWay = () => (pulumi.runtime.isDryRun() ? 16 : 100);

/**
 * Creates a resource for each of thousands of items, a limited number in parallel. Results have the order
 * of the items. A failed registration frees its slot: the resource itself reports the failure.
 */
export async function inTurn<Item, Result>(
  items: Iterable<Item>,
  make: (item: Item) => { resource: pulumi.Resource; result: Result },
): Promise<Result[]> {
  const results: Result[] = [];
  // The workers share this iterator, so each item goes to one of them.
  const queue = [...items].entries();
  const work = async () => {
    for (const [place, item] of queue) {
      const { resource, result } = make(item);
      results[place] = result;
      await new Promise((resolve) => pulumi.recover(resource.urn, () => "").apply(resolve));
    }
  };
  await Promise.all(Array.from({ length: underWay() }, work));
  return results;
}
