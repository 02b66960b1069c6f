// Chooses real windows of each class from data sets: some of lead II from different patients, and one of twelve leads.

import { randomStream } from '../base/random.js';
import { openDataset } from '../datasets/dataset.js';
import { loadWindowsOf } from '../datasets/load.js';
import { withOwnLabels } from '../datasets/own-classes.js';
import { datasetNames, parseDatasetRefs, splitDatasetRefs } from '../datasets/refs.js';
import { shownClasses } from '../signal/class-table.js';
import { twelveLeads } from '../signal/leads.js';
import type { EcgWindow, SkippedRecord, WindowOptions } from '../signal/window.js';
import type { ClassFile } from '../synth/physiology/class-file.js';

/** The real windows of one class. */
export interface RealWindows {
  /** Windows of one lead, of different patients. */
  readonly strips: readonly EcgWindow[];
  /** A window of the twelve standard leads; undefined if no data set has one of the class. */
  readonly page: EcgWindow | undefined;
  /** Number of windows and patients of the class in the data sets. */
  readonly windows: number;
  readonly patients: number;
}

/** The real windows of all classes. */
export interface RealRecords {
  /** The data sets as `KIND:DIR`. */
  readonly sources: readonly string[];
  readonly skipped: readonly SkippedRecord[];
  /** By the name of the class. */
  readonly byClass: ReadonlyMap<string, RealWindows>;
}

/** Which windows `chooseRealWindows` chooses. */
export interface RealChoice extends WindowOptions {
  readonly seed: number;
  /** Number of strips per class. */
  readonly count: number;
  readonly ownClasses: readonly ClassFile[];
}

/**
 * Opens data sets and chooses windows of each class by the seed. A window of a class has its label; windows in mV, and
 * those that show no other class, come first. The errors are those of `openDataset`.
 *
 * @param names - classes, mixtures and episodes; a window of `af+pvc` has both labels.
 */
export async function chooseRealWindows(
  data: readonly string[],
  names: readonly string[],
  options: RealChoice,
): Promise<RealRecords> {
  const { seed, count, ownClasses } = options;
  const set = withOwnLabels(await openDataset(data, options), ownClasses);
  const ordered = new Map(names.map((name) => [name, onePerPatient(set.windows, name, seed, ownClasses)]));
  const pages = await twelveLeadPages([...ordered.values()], data, options);
  const byClass = new Map(
    [...ordered].map(([name, windows]) => {
      const page = windows.map((window) => pages.get(keyOf(window))).find((found) => found !== undefined);
      const all = set.windows.filter((window) => shows(window, name));
      return [
        name,
        { strips: windows.slice(0, count), page, windows: all.length, patients: windows.length },
      ] as const;
    }),
  );
  return { sources: data.flatMap(splitDatasetRefs), skipped: set.skipped, byClass };
}

function shows({ classes }: EcgWindow, name: string): boolean {
  return name.split(/[+>]/).every((part) => classes.includes(part));
}

/** Returns one window of each patient who shows the class, those to prefer first, otherwise in random order. */
function onePerPatient(
  windows: readonly EcgWindow[],
  name: string,
  seed: number,
  own: readonly ClassFile[],
): EcgWindow[] {
  const known = shownClasses(name, own);
  const rankOf = ({ unit, classes }: EcgWindow) =>
    (unit === 'mV' ? 0 : 2) + (classes.every((one) => known.includes(one)) ? 0 : 1);
  const byPatient = new Map<string, EcgWindow[]>();
  for (const window of windows) {
    if (!shows(window, name)) continue;
    const { dataset, patient } = window.origin;
    const key = `${dataset}:${patient}`;
    byPatient.set(key, [...(byPatient.get(key) ?? []), window]);
  }
  const stream = randomStream(seed, 'gallery', name);
  const chosen = [...byPatient.values()].map((own) => {
    const best = Math.min(...own.map(rankOf));
    const preferred = own.filter((window) => rankOf(window) === best);
    return preferred[stream.below(preferred.length)]!;
  });
  return stream.shuffle(chosen).sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * Reads twelve leads of the first window of each class and data set. Recordings with fewer leads give none.
 *
 * @returns the windows by `keyOf`.
 */
async function twelveLeadPages(
  classes: readonly (readonly EcgWindow[])[],
  data: readonly string[],
  { onProgress: _, ...options }: RealChoice,
): Promise<ReadonlyMap<string, EcgWindow>> {
  const refs = parseDatasetRefs(data);
  const names = datasetNames(refs);
  const pages = new Map<string, EcgWindow>();
  for (const [at, ref] of refs.entries()) {
    const dataset = names[at]!;
    const wanted = classes.flatMap(
      (windows) => windows.find(({ origin }) => origin.dataset === dataset) ?? [],
    );
    const records = new Set(wanted.map(({ origin }) => origin.record));
    if (records.size === 0) continue;
    for (const window of await loadWindowsOf(ref, records, { ...options, leads: twelveLeads })) {
      const named = { ...window, origin: { ...window.origin, dataset } };
      pages.set(keyOf(named), named);
    }
  }
  return pages;
}

function keyOf({ origin: { dataset, record }, startS }: EcgWindow): string {
  return `${dataset}:${record}:${startS}`;
}
