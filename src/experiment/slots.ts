// As many workers as there are engines: work waits in line for one of them.

export class Slots<Item> {
  readonly #free: Item[];
  readonly #waiting: ((item: Item) => void)[] = [];

  constructor(items: readonly Item[]) {
    this.#free = [...items];
  }

  /** First come, first served. */
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
