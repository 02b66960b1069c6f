// Helps to write the texts of messages.

/** Returns a count with its noun: `1 patient`, `3 patients`. `many` is the plural; by default it is `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Returns `text` with control characters written as escapes (`\u001b`), except line feeds and tabs. Files may contain
 * them, and a terminal would obey them. Also escapes the marks that change the direction of text, the line separators of
 * Unicode, and what XML cannot hold (halves of a surrogate pair, U+FFFE and U+FFFF). All text for a terminal, an SVG or an
 * HTML page passes through this function: at the output of the command line, in `PqrstError`, and in `escapeXml`.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Returns `text` on one line, with spaces for line feeds and tabs, so that a name cannot look like several rows. */
export function onOneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, ' ');
}

/** A message is cut to this many characters. */
const longestMessage = 1000;
/** The end of a message states what the reader can do, so it is kept. */
const keptEnd = 300;
/** A word or a quotation in a message, and a text of another library, is cut to about this many characters. */
const longestPart = 200;
const keptPartEnd = 60;
const noteLength = 40;

/**
 * Returns `text` without the middle of each long word and quotation, and without its own middle if it is still too
 * long to read, as it is where a message quotes a damaged file or a long value of the user.
 */
export function shortened(text: string): string {
  if (text.length <= longestPart) return text;
  const parts = text.replace(/"[^"]*"|[^\s"]+/g, (part) => excerpt(part));
  return excerpt(parts, longestMessage, keptEnd);
}

/** Returns at most `most` characters of `text`: its last `kept` characters and its start, around a note. */
export function excerpt(text: string, most = longestPart, kept = keptPartEnd): string {
  if (text.length <= most) return text;
  const start = most - kept - noteLength;
  return `${text.slice(0, start)} [... ${text.length - start - kept} more characters ...] ${text.slice(-kept)}`;
}

const unprintable = /[^\P{Cc}\n\t]|[\p{Bidi_Control}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;
