// Finds the classes that the words of a user's table of labels state.

import { classesOfCodes, classNames, shownClasses } from '../signal/class-table.js';

/**
 * Returns the classes of a record with these words, in the order of the table of classes. A word states a class if it is
 * the name of a shipped class (`af`), a mixture of them (`af+pvc`), or one of its SCP-ECG or SNOMED CT codes (`AFIB`,
 * `164889003`). The class normal needs its name: records with the code NORM can have other findings.
 */
export function classesOfWords(words: readonly string[]): string[] {
  const named = words
    .map((word) => shownClasses(word))
    .filter((parts) => parts.every((part) => classNames.includes(part)));
  const coded = [...classesOfCodes(words, 'scp'), ...classesOfCodes(words, 'snomed')];
  const stated = new Set([...named.flat(), ...coded.filter((name) => name !== 'normal')]);
  return classNames.filter((name) => stated.has(name));
}

/** Returns the words of a cell such as `AFIB;LVH`, each once. */
export function splitLabels(text: string): string[] {
  const words = text.split(';').map((word) => word.trim());
  return [...new Set(words)].filter((word) => word !== '');
}
