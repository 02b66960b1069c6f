// Helps to write the texts of messages.

/** Returns a count with its noun: `1 patient`, `3 patients`. `many` is the plural; by default it is `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Returns a text without control characters except line feeds and tabs, so that texts of files, such as labels or the
 * bytes of a damaged header, cannot control a terminal.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, ' ');
}

/** Returns a value as JSON whose text has no control characters. */
export function printableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
