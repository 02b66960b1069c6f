// Which windows train, which decide when to stop, which are only looked at in the end. A patient stands on one side
// alone, whatever the number of records; the paper is silent about that and its plain random split is offered by name.
// Not a cross-validation.

import { PqrstError } from '../errors.js';
import { randomStream } from '../random.js';

export const splitKinds = ['patients', 'folds', 'random'] as const;
/** By patient; by PTB-XL's strat_fold (1-8 train, 9 val, 10 test; Wagner et al. 2020); or window by window. */
export type SplitKind = (typeof splitKinds)[number];

export const splitSides = ['train', 'val', 'test'] as const;
export type SplitSide = (typeof splitSides)[number];

export interface Splittable {
  readonly patientId: string;
  readonly positive: boolean;
  readonly fold?: number;
}

/** Indices into the windows given, ascending. */
export type Split = Readonly<Record<SplitSide, readonly number[]>>;

export interface SplitOptions {
  readonly kind?: SplitKind;
  readonly seed: number;
  /** Share of the patients held back for the test. */
  readonly testShare?: number;
  /** Share of the others that validates (the paper: 8:2). */
  readonly valShare?: number;
}

/**
 * Splits windows so that each side holds both classes. Patients with a positive window are dealt out first, then the
 * others, each group by its own shares and at least one a side: four AF patients become 2 train, 1 val, 1 test.
 * ERR_DATA_EMPTY where a side would lack a class; ERR_OPTION for 'folds' without folds.
 */
export function splitWindows(windows: readonly Splittable[], options: SplitOptions): Split {
  const { kind = 'patients' } = options;
  const sideOf = kind === 'folds' ? byFold(windows) : byGroup(windows, options, kind === 'random');
  const split: Record<SplitSide, number[]> = { train: [], val: [], test: [] };
  for (const [index, side] of sideOf.entries()) split[side].push(index);
  for (const side of splitSides) {
    for (const positive of [true, false]) {
      if (!split[side].some((index) => windows[index]!.positive === positive)) {
        throw emptySide(windows, side, positive, kind);
      }
    }
  }
  return split;
}

function byGroup(windows: readonly Splittable[], options: SplitOptions, single: boolean): SplitSide[] {
  const { seed, testShare = 0.2, valShare = 0.2 } = options;
  const groupOf = (window: Splittable, index: number) => (single ? String(index) : window.patientId);
  const positiveOf = new Map<string, boolean>();
  for (const [index, window] of windows.entries()) {
    const group = groupOf(window, index);
    positiveOf.set(group, window.positive || positiveOf.get(group) === true);
  }
  const sideOf = new Map<string, SplitSide>();
  for (const positive of [true, false]) {
    // Sorted before the shuffle: the order in which files were read must not matter.
    const groups = [...positiveOf].filter(([, value]) => value === positive).map(([group]) => group);
    randomStream(seed, 'split', positive ? 'positive' : 'negative').shuffle(groups.sort());
    const test = share(groups.length, testShare);
    const val = share(groups.length - test, valShare);
    for (const [at, group] of groups.entries()) {
      sideOf.set(group, at < test ? 'test' : at < test + val ? 'val' : 'train');
    }
  }
  return windows.map((window, index) => sideOf.get(groupOf(window, index))!);
}

/** At least one where two or more can be shared out. */
function share(count: number, fraction: number): number {
  return count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

function byFold(windows: readonly Splittable[]): SplitSide[] {
  const seen = new Map<string, SplitSide>();
  return windows.map(({ fold, patientId }) => {
    if (fold === undefined || !Number.isInteger(fold) || fold < 1 || fold > 10) {
      throw new PqrstError(
        'ERR_OPTION',
        `the split by folds needs PTB-XL's strat_fold 1 to 10, but patient ${patientId} has ${fold ?? 'none'}; ` +
          'use the split by patients',
      );
    }
    const side = fold === 10 ? 'test' : fold === 9 ? 'val' : 'train';
    const other = seen.get(patientId) ?? side;
    if (other !== side) {
      throw new PqrstError(
        'ERR_OPTION',
        `patient ${patientId} has folds of both ${other} and ${side}; use the split by patients`,
      );
    }
    seen.set(patientId, side);
    return side;
  });
}

function emptySide(windows: readonly Splittable[], side: SplitSide, positive: boolean, kind: SplitKind) {
  const held = windows.filter((window) => window.positive === positive);
  const patients = new Set(held.map(({ patientId }) => patientId)).size;
  return new PqrstError(
    'ERR_DATA_EMPTY',
    `no ${positive ? 'positive' : 'negative'} window is left for ${side}: the data hold ${held.length} ` +
      `${positive ? 'positive' : 'negative'} windows of ${patients} patients, and the split by ${kind} needs some of ` +
      'at least 3 patients; give more data, or train on synthetic records (setting syn) and evaluate on these',
  );
}
