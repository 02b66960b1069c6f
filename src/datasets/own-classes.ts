// Labels real windows with a user's own classes: a window shows a class if its data set states one of the codes of the
// class.

import type { ClassInfo } from '../signal/class-table.js';
import type { WindowSet } from '../signal/window.js';

/** Returns the windows with the own classes that their codes state; the same set without own classes. */
export function withOwnLabels(set: WindowSet, own: readonly ClassInfo[] = []): WindowSet {
  if (own.length === 0) return set;
  const windows = set.windows.map((window) => {
    const words = new Set(window.labels);
    const stated = own.filter(({ scp, snomed }) => [...scp, ...snomed].some((code) => words.has(code)));
    const names = stated.map(({ name }) => name).filter((name) => !window.classes.includes(name));
    return names.length === 0 ? window : { ...window, classes: [...window.classes, ...names] };
  });
  const codes = new Set(own.flatMap(({ scp, snomed }) => [...scp, ...snomed]));
  const classless = set.classless?.filter(({ label }) => !codes.has(label));
  return { ...set, windows, ...(classless && { classless }) };
}
