// Which windows train, which decide when to stop, which are only looked at in the end. A patient stands on one side
// alone, whatever the number of records; the paper is silent about that and its plain random split is offered by name.
// Either all three sides at once, or the test once and several train/val pairs of what is left (the paper's 2-6).
// Not a cross-validation: the pairs of a split by patients are drawn one without the other.

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';

export const splitKinds = ['patients', 'folds', 'random'] as const;
/** By patient; by PTB-XL's strat_fold (1-8 train, 9 val, 10 test; Wagner et al. 2020); or window by window. */
export type SplitKind = (typeof splitKinds)[number];

export const splitSides = ['train', 'val', 'test'] as const;
export type SplitSide = (typeof splitSides)[number];

export interface Splittable {
  readonly patientId: string;
  /** Index into the task's labels. */
  readonly label: number;
  readonly fold?: number;
}

/** Indices into the windows given, ascending. */
export type Split = Readonly<Record<SplitSide, readonly number[]>>;

interface CommonOptions {
  readonly kind?: SplitKind;
  readonly seed: number;
  /** Names of the labels, each wanted on every side. Default: as many as the largest label tells, two at least. */
  readonly labels?: readonly string[];
}

export interface HoldOutOptions extends CommonOptions {
  /** Share of the patients held back for the test. */
  readonly testShare?: number;
}

export interface PairOptions extends CommonOptions {
  /** From 1; each is another draw, by folds another validating fold. */
  readonly pair: number;
  /** Share of the patients that validates (the paper: 8:2). */
  readonly valShare?: number;
}

export interface SplitOptions extends HoldOutOptions {
  /** Share of the others that validates (the paper: 8:2). */
  readonly valShare?: number;
}

/**
 * Splits windows so that each side holds every label. The patients of each label are dealt out by their own shares, at
 * least one a side: four AF patients become 2 train, 1 val, 1 test. A patient with windows of several labels counts for
 * the rarest; of two labels for the second, the positive one.
 * ERR_DATA_EMPTY where a side would lack a label; ERR_OPTION for 'folds' without folds.
 */
export function splitWindows(windows: readonly Splittable[], options: SplitOptions): Split {
  const { testShare, valShare } = options;
  const dealt = dealer<SplitSide>(windows, everyIndex(windows), options, {
    streamOf: (word) => randomStream(options.seed, 'split', word),
    sideAt: (at, groups) => {
      const test = share(groups, testShare);
      return at < test ? 'test' : at < test + share(groups - test, valShare) ? 'val' : 'train';
    },
    sideOfFold: (fold) => (fold === 10 ? 'test' : fold === 9 ? 'val' : 'train'),
  });
  return { train: dealt('train'), val: dealt('val'), test: dealt('test') };
}

/** The test side that `splitWindows` gives with the same seed, and all the rest. Errors as there. */
export function holdOutTest(
  windows: readonly Splittable[],
  options: HoldOutOptions,
): { readonly rest: readonly number[]; readonly test: readonly number[] } {
  const dealt = dealer<'rest' | 'test'>(windows, everyIndex(windows), options, {
    streamOf: (word) => randomStream(options.seed, 'split', word),
    sideAt: (at, groups) => (at < share(groups, options.testShare) ? 'test' : 'rest'),
    sideOfFold: (fold) => (fold === 10 ? 'test' : 'rest'),
  });
  return { rest: dealt('rest'), test: dealt('test') };
}

/**
 * A train/val pair of `indices` (the `rest` of `holdOutTest`). By folds pair 1 validates on fold 9, pair 2 on 8, down to
 * pair 9. ERR_OPTION for a tenth, ERR_RANGE for a pair that is no whole number from 1; others as above.
 */
export function splitPair(
  windows: readonly Splittable[],
  indices: readonly number[],
  options: PairOptions,
): { readonly train: readonly number[]; readonly val: readonly number[] } {
  const { pair, seed, kind, valShare } = options;
  if (!Number.isInteger(pair) || pair < 1) {
    throw new PqrstError('ERR_RANGE', `a train/val pair is a whole number from 1, got ${pair}`);
  }
  if (kind === 'folds' && pair > 9) {
    throw new PqrstError(
      'ERR_OPTION',
      `nine folds are left beside the test, so pair ${pair} has none to validate on; ask for at most nine pairs, eight runs of an experiment`,
    );
  }
  const dealt = dealer<'train' | 'val'>(windows, indices, options, {
    streamOf: (word) => randomStream(seed, 'pair', pair, word),
    sideAt: (at, groups) => (at < share(groups, valShare) ? 'val' : 'train'),
    sideOfFold: (fold) => (fold === 10 - pair ? 'val' : 'train'),
  });
  return { train: dealt('train'), val: dealt('val') };
}

/** What one split differs in from another. */
interface Deal<Side extends string> {
  streamOf(label: string): RandomStream;
  /** Of the patient that a label's shuffle puts `at` of `groups`. */
  sideAt(at: number, groups: number): Side;
  sideOfFold(fold: number): Side;
}

/** Returns a function giving the ascending indices of a side, every label among them. */
function dealer<Side extends string>(
  windows: readonly Splittable[],
  indices: readonly number[],
  { kind = 'patients', labels }: CommonOptions,
  deal: Deal<Side>,
): (side: Side) => number[] {
  const highest = windows.reduce((most, { label }) => Math.max(most, label), 1);
  const names = labels ?? Array.from({ length: highest + 1 }, (_, at) => wordOf(at, highest + 1));
  const sideOf =
    kind === 'folds'
      ? byFold(windows, indices, deal)
      : byGroup(windows, indices, names.length, deal, kind === 'random');
  return (side) => {
    const dealt = [...sideOf].flatMap(([index, own]) => (own === side ? [index] : []));
    for (const [label, name] of [...names.entries()].reverse()) {
      if (dealt.some((index) => windows[index]!.label === label)) continue;
      const held = windows.filter((window) => window.label === label);
      throw emptySide(held, side, name, kind);
    }
    return dealt.sort((a, b) => a - b);
  };
}

function byGroup<Side extends string>(
  windows: readonly Splittable[],
  indices: readonly number[],
  labels: number,
  deal: Deal<Side>,
  single: boolean,
): Map<number, Side> {
  const groupOf = (index: number) => (single ? String(index) : windows[index]!.patientId);
  const shown = new Map<string, Set<number>>();
  for (const index of indices) {
    const group = groupOf(index);
    shown.set(group, (shown.get(group) ?? new Set()).add(windows[index]!.label));
  }
  const sideOf = new Map<string, Side>();
  for (const [label, groups] of rarest(shown, labels)) {
    // Sorted before the shuffle: the order in which files were read must not matter.
    deal.streamOf(wordOf(label, labels)).shuffle(groups.sort());
    for (const [at, group] of groups.entries()) sideOf.set(group, deal.sideAt(at, groups.length));
  }
  return new Map(indices.map((index) => [index, sideOf.get(groupOf(index))!]));
}

/** Each group under the rarest of its labels; the higher one of two that are as rare. */
function rarest(shown: ReadonlyMap<string, ReadonlySet<number>>, labels: number): Map<number, string[]> {
  const count = (label: number) => [...shown.values()].filter((own) => own.has(label)).length;
  // Of two labels the positive one goes first whatever its number: a group is positive or it is not.
  const counts = Array.from({ length: labels }, (_, label) => (labels === 2 ? 0 : count(label)));
  const order = [...counts.keys()].sort((a, b) => counts[a]! - counts[b]! || b - a);
  const groups = new Map(order.map((label) => [label, [] as string[]]));
  for (const [group, own] of shown) groups.get(order.find((label) => own.has(label))!)!.push(group);
  return groups;
}

function wordOf(label: number, labels: number): string {
  return labels === 2 ? ['negative', 'positive'][label]! : `label ${label}`;
}

function everyIndex(windows: readonly Splittable[]): readonly number[] {
  return [...windows.keys()];
}

/** At least one where two or more can be shared out. */
function share(count: number, fraction = 0.2): number {
  return count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

function byFold<Side extends string>(
  windows: readonly Splittable[],
  indices: readonly number[],
  { sideOfFold }: Deal<Side>,
): Map<number, Side> {
  const seen = new Map<string, Side>();
  const sideOf = new Map<number, Side>();
  for (const index of indices) {
    const { fold, patientId } = windows[index]!;
    if (fold === undefined || !Number.isInteger(fold) || fold < 1 || fold > 10) {
      throw new PqrstError(
        'ERR_OPTION',
        `the split by folds needs PTB-XL's strat_fold 1 to 10, but patient ${patientId} has ${fold ?? 'none'}; ` +
          'use the split by patients',
      );
    }
    const side = sideOfFold(fold);
    const other = seen.get(patientId) ?? side;
    if (other !== side) {
      throw new PqrstError(
        'ERR_OPTION',
        `patient ${patientId} has folds of both ${other} and ${side}; use the split by patients`,
      );
    }
    seen.set(patientId, side);
    sideOf.set(index, side);
  }
  return sideOf;
}

function emptySide(held: readonly Splittable[], side: string, label: string, kind: SplitKind): PqrstError {
  const patients = new Set(held.map(({ patientId }) => patientId)).size;
  const needs: Record<SplitKind, string> = {
    patients: 'needs some of at least 3 patients (one with several labels counts for the rarest)',
    folds: 'needs some in a fold of every side (the split by patients deals them out)',
    random: 'needs at least 3',
  };
  return new PqrstError(
    'ERR_DATA_EMPTY',
    `no ${label} window is left for ${side}: the data hold ${held.length} ${label} windows of ${patients} ` +
      `patient${patients === 1 ? '' : 's'}, and the split by ${kind} ${needs[kind]}; ` +
      'give more data, or train on synthetic records (setting syn) and evaluate on these',
  );
}
