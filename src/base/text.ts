// Helps to write the texts of messages.

/** Returns a count with its noun: `1 patient`, `3 patients`. `many` is the plural; by default it is `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
