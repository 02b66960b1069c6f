// Finds the labels in the cells of a user's table, and the classes that they state.

import { classNames } from '../signal/class-table.js';
import { foldLabel, type LabelMap, readLabel } from '../signal/synonyms.js';
import type { LabelReading } from '../signal/window.js';

/**
 * Returns the classes of a record with these words, in the order of the table of classes. A word states a class if it is
 * the name of a shipped class (`af`), a mixture of them (`af+pvc`), one of its SCP-ECG or SNOMED CT codes (`AFIB`,
 * `164889003`) or one of its other words (`atrial fibrillation`), whatever its case; or if `map` says so.
 *
 * A record is normal if a word is the name normal, or if every word states it (`NORM`, `SR`): in records with other
 * findings, sinus rhythm is only the rhythm.
 */
export function classesOfWords(words: readonly string[], map: LabelMap = {}): string[] {
  const readings = words.map((word) => readLabel(word, map));
  const isNormal = readings.every(({ classes }) => classes.join() === 'normal');
  const stated = new Set(
    readings.flatMap(({ classes, by }) =>
      by === 'table' && !isNormal ? classes.filter((name) => name !== 'normal') : classes,
    ),
  );
  return classNames.filter((name) => stated.has(name));
}

/**
 * Returns how the labels of these records are read as classes: each label that states a class without being its name, and
 * each label of the map, in the order of the records.
 *
 * @param records - the labels and classes of each record.
 */
export function readingsOf(
  records: readonly { readonly labels: readonly string[]; readonly classes: readonly string[] }[],
  map: LabelMap = {},
): LabelReading[] {
  const counts = new Map<string, { records: number; applied: number }>();
  for (const { labels, classes } of records) {
    for (const label of labels) {
      const count = counts.get(label) ?? { records: 0, applied: 0 };
      counts.set(label, count);
      count.records++;
      if (readLabel(label, map).classes.every((name) => classes.includes(name))) count.applied++;
    }
  }
  return [...counts].flatMap(([label, count]) => {
    const { classes, by } = readLabel(label, map);
    const isName = by === 'name' && label.split(/[+>]/).every((part) => classNames.includes(part));
    const isPlain = by === 'table' && classes.length === 0;
    return isName || isPlain ? [] : [{ label, classes, isMapped: by === 'map', ...count }];
  });
}

/** Returns the labels of the map that no record has. */
export function unusedOfMap(
  records: readonly { readonly labels: readonly string[] }[],
  map: LabelMap,
): string[] {
  const found = new Set(records.flatMap(({ labels }) => labels.map(foldLabel)));
  return Object.keys(map).filter((label) => !found.has(foldLabel(label)));
}

/** Returns one sentence about all labels that are read as classes, if there are any. */
export function readingsNote(readings: readonly LabelReading[] = []): string[] {
  const shown = readings
    .slice(0, 12)
    .map(({ label, classes }) => `${label} as ${classes.join(' and ') || label}`);
  if (shown.length === 0) return [];
  const more = readings.length - shown.length;
  return [
    `labels are read as classes: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}; ` +
      'pqrst data lists them, and `labelMap` LABEL=CLASS changes them',
  ];
}

/**
 * Returns the words of a cell, each once. The cell is a list in the notation of Python or JSON (`['AFIB', 'LVH']`, also a
 * dict, whose keys are the words), or words that are separated by `;`, otherwise by `|`, otherwise by commas.
 */
export function splitLabels(text: string): string[] {
  const listed = parseLiteral(text)?.map(({ word }) => word);
  return distinct(listed ?? text.split(labelSeparator(text)));
}

/** Returns the character that separates the words of a cell which is not a list. */
export function labelSeparator(text: string): ';' | '|' | ',' {
  return text.includes(';') ? ';' : text.includes('|') ? '|' : ',';
}

function distinct(words: readonly string[]): string[] {
  // Programs that know only floats write codes and numbers as 164889003.0.
  const trimmed = words.map((word) => word.trim().replace(/^(\d+)\.0+$/, '$1'));
  return [...new Set(trimmed)].filter((word) => word !== '');
}

/** One item of a literal: a word, and in a dict its value. */
export interface LiteralItem {
  readonly word: string;
  readonly value?: string;
}

// A string in quotes, which Python 2 may prefix with u, or a number, a code or a name; then in a dict the value.
const item =
  /\s*(?:[ubr]?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')|([^\s,:;'"[\](){}]+))\s*(?::\s*([^\s,:'"[\](){}]+)\s*)?/suy;
const brackets: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };
const missingWords: ReadonlySet<string> = new Set(['None', 'null', 'nan', 'NaN']);

/**
 * Parses a list, tuple, set or dict in the notation of Python or JSON, or the text of a NumPy array, which has no commas.
 * Returns undefined if the text is not one of them.
 */
export function parseLiteral(text: string): LiteralItem[] | undefined {
  const given = text.trim();
  const close = brackets[given[0] ?? ''];
  if (close === undefined || !given.endsWith(close)) return undefined;
  const body = given.slice(1, -1).trim();
  const items: LiteralItem[] = [];
  for (let at = 0; at < body.length; ) {
    item.lastIndex = at;
    const [whole, double, single, bare, value] = item.exec(body) ?? [];
    if (whole === undefined || (value !== undefined && close !== '}')) return undefined;
    const quoted = double ?? single;
    const word = quoted === undefined ? bare! : unescaped(quoted);
    if (quoted !== undefined || !missingWords.has(word)) {
      items.push({ word, ...(value !== undefined && { value }) });
    }
    at += whole.length;
    if (body[at] === ',') at++;
    else if (at < body.length && !/\s$/.test(whole)) return undefined;
  }
  return items;
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([\da-f]{4})|x([\da-f]{2})|(.))/gis,
    (_, u?: string, x?: string, char?: string) => {
      const code = u ?? x;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return char === 'n' || char === 't' ? ' ' : char!;
    },
  );
}
