// A pool of workers, one per engine. Work waits in a queue until a worker is free.

/** Hands out each item to one caller at a time. */
export class Pool<Item> {
  readonly #free: Item[];
  readonly #waiting: ((item: Item) => void)[] = [];

  constructor(items: readonly Item[]) {
    this.#free = [...items];
  }

  /** Runs `work` with the next free item; requests are served in the order in which they arrive. */
  async use<Result>(work: (item: Item) => Promise<Result>): Promise<Result> {
    const item = this.#free.shift() ?? (await new Promise<Item>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(item);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(item);
      else this.#free.push(item);
    }
  }
}
