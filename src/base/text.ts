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

/** A message is cut to this many characters. */
const longestMessage = 2000;
/** The end of a message states what the reader can do, so it is kept. */
const keptEnd = 600;

/** Returns `text` without its middle if it is too long to read, as it is where a message quotes a damaged file. */
export function shortened(text: string): string {
  if (text.length <= longestMessage) return text;
  const kept = longestMessage - keptEnd;
  const left = text.length - longestMessage;
  return `${text.slice(0, kept)} [... ${left} more characters ...] ${text.slice(-keptEnd)}`;
}

const unprintable = /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
