// Processes a few recordings at a time: enough to keep the disk busy, and too few to reach the limit of open files.

/** Node.js reads files on four threads, so more recordings at a time would only take memory. */
const atATime = 8;

/**
 * Returns the results of `work` in the order of the items. After a failure no further item is started. Rejects with
 * `signal.reason` after an abort.
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
