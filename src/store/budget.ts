// Bounds the requests that are in flight at once, by their number and by the bytes that they hold in memory.

/** Limits of the requests in flight. */
export class Budget {
  readonly #mostBytes: number;
  readonly #mostRequests: number;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #requests = 0;

  constructor(mostBytes: number, mostRequests: number) {
    this.#mostBytes = mostBytes;
    this.#mostRequests = mostRequests;
  }

  /** Waits until there is room for a request of `bytes`, and runs it. One that is larger than all room runs alone. */
  async run<T>(bytes: number, request: () => Promise<T>): Promise<T> {
    while (!this.#hasRoom(bytes)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#bytes += bytes;
    this.#requests++;
    try {
      return await request();
    } finally {
      this.#bytes -= bytes;
      this.#requests--;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  #hasRoom(bytes: number): boolean {
    if (this.#requests === 0) return true;
    return this.#requests < this.#mostRequests && this.#bytes + bytes <= this.#mostBytes;
  }
}

/** Runs `work` for every item, at most `most` at a time. The first failure stops it when the running ones have ended. */
export async function eachOf<Item>(
  items: Iterable<Item>,
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (let next = waiting.next(); !next.done && failure === undefined; next = waiting.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: most }, worker));
  if (failure !== undefined) throw failure.error;
}
