// Works on a few recordings at a time: enough to keep the disk busy, too few to run out of open files.

/** Node reads files on four threads; more recordings at a time would only take memory. */
const atATime = 8;

/**
 * Returns what `work` makes of each item, in the order of the items. After a failure no further item is started. Throws
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
