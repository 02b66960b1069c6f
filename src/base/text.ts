// Helps to write the texts of messages.

/** Returns a count with its noun: `1 patient`, `3 patients`. `many` is the plural; by default it is `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Returns `text` with control characters written as escapes (`\u001b`), except line feeds and tabs. Files may contain
 * them, and a terminal would obey them. The marks that change the direction of text are also escaped.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const unprintable = /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
