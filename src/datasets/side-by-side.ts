// A few recordings at a time: as many as keep the disk busy, not so many that the system runs out of open files.

/** Files are read on the four threads that Node has for that; more would only take memory. */
const atATime = 8;

/**
 * What `work` makes of each item, in the order of the items. Where one fails, no further item is begun. Throws
 * `signal.reason` when aborted.
 */
export async function mapSideBySide<Item, Made>(
  items: readonly Item[],
  work: (item: Item) => Promise<Made>,
  signal?: AbortSignal,
): Promise<Made[]> {
  const made: Made[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      signal?.throwIfAborted();
      made[at] = await work(items[at]!);
    }
  };
  try {
    await Promise.all(Array.from({ length: atATime }, worker));
  } finally {
    next = items.length;
  }
  signal?.throwIfAborted();
  return made;
}
