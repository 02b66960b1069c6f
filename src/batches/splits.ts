// Splits windows into sides: training, validation (decides when to stop) and test. All windows of a patient are on one
// side. The paper does not mention this, so its plain random split is also available, as `random`. A split gives all
// three sides at once, or first the test side and then several train/val pairs of the remaining windows (pairs 2-6 in
// the paper). The pairs are not a cross-validation: a split by patients draws each pair independently.

import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { plural } from '../base/text.js';

/** The kinds of splits. */
export const splitKinds = ['patients', 'folds', 'random'] as const;
/** Splits by patient; by PTB-XL's strat_fold (1-8 train, 9 val, 10 test; Wagner et al. 2020); or window by window. */
export type SplitKind = (typeof splitKinds)[number];

/** The sides of a split. */
export const splitSides = ['train', 'val', 'test'] as const;
/** A side of a split. */
export type SplitSide = (typeof splitSides)[number];

/** The part of a window that a split needs. */
export interface Splittable {
  /** Equal for windows of one patient, different for all others. */
  readonly patientId: string;
  /** Index into the task's labels. */
  readonly label: number;
  readonly fold?: number;
}

/** The ascending indices of the windows on each side. */
export type Split = Readonly<Record<SplitSide, readonly number[]>>;

interface CommonOptions {
  readonly kind?: SplitKind;
  readonly seed: number;
  /**
   * Names of the labels; every side needs windows of each. Default: one name per index up to the largest, at least two.
   */
  readonly labels?: readonly string[];
}

/** The options of `holdOutTest`. */
export interface HoldOutOptions extends CommonOptions {
  /** Share of the patients on the test side; default 0.2. */
  readonly testShare?: number;
}

/** The options of `splitPair`. */
export interface PairOptions extends CommonOptions {
  /** Number of the pair, from 1. Each number is another draw; in a split by folds, another validation fold. */
  readonly pair: number;
  /** Share of the patients on the validation side; default 0.2, as in the paper. */
  readonly valShare?: number;
}

/** The options of `splitWindows`. */
export interface SplitOptions extends HoldOutOptions {
  /** Share of the other patients on the validation side; default 0.2, as in the paper. */
  readonly valShare?: number;
}

/**
 * Splits windows so that each side has every label. The patients of each label are distributed by the shares, at least
 * one per side: four AF patients become 2 train, 1 val, 1 test. A patient with windows of several labels counts for the
 * rarest one; if there are two labels, for the second, which is the positive one.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when a side would lack a label.
 * @throws PqrstError ERR_OPTION: when a split by folds finds a window without a fold, or a patient on two sides.
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

/** Returns the test side of `splitWindows` with the same seed, and all other windows. The errors are the same. */
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
 * Divides the windows `indices` (the `rest` of `holdOutTest`) into a train/val pair. In a split by folds, pair 1
 * validates on fold 9, pair 2 on fold 8, down to pair 9 on fold 1.
 *
 * @throws PqrstError ERR_RANGE: when `pair` is not a whole number from 1.
 * @throws PqrstError ERR_OPTION: when `pair` is above 9 in a split by folds. The other errors are those of
 *   `splitWindows`.
 */
export function splitPair(
  windows: readonly Splittable[],
  indices: readonly number[],
  options: PairOptions,
): { readonly train: readonly number[]; readonly val: readonly number[] } {
  const { pair, seed, kind, valShare } = options;
  if (!Number.isInteger(pair) || pair < 1) {
    throw new PqrstError(
      'ERR_RANGE',
      `the number of a train/val pair must be a whole number from 1, got ${pair}`,
    );
  }
  if (kind === 'folds' && pair > 9) {
    throw new PqrstError(
      'ERR_OPTION',
      `nine folds remain beside the test fold, so pair ${pair} has no validation fold; request at most nine pairs, which are eight runs of an experiment`,
    );
  }
  const dealt = dealer<'train' | 'val'>(windows, indices, options, {
    streamOf: (word) => randomStream(seed, 'pair', pair, word),
    sideAt: (at, groups) => (at < share(groups, valShare) ? 'val' : 'train'),
    sideOfFold: (fold) => (fold === 10 - pair ? 'val' : 'train'),
  });
  return { train: dealt('train'), val: dealt('val') };
}

/** The steps in which the three functions above differ. */
interface Deal<Side extends string> {
  streamOf(label: string): RandomStream;
  /** Returns the side of the patient that a label's shuffle puts at place `at` of `groups`. */
  sideAt(at: number, groups: number): Side;
  sideOfFold(fold: number): Side;
}

/** Returns a function that gives the ascending indices of a side and checks that it has every label. */
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
  isSingle: boolean,
): Map<number, Side> {
  const groupOf = (index: number) => (isSingle ? String(index) : windows[index]!.patientId);
  const shown = new Map<string, Set<number>>();
  for (const index of indices) {
    const group = groupOf(index);
    shown.set(group, (shown.get(group) ?? new Set()).add(windows[index]!.label));
  }
  const sideOf = new Map<string, Side>();
  for (const [label, groups] of rarest(shown, labels)) {
    // The groups are sorted before the shuffle, so that the result does not depend on the order in which files were
    // read.
    deal.streamOf(wordOf(label, labels)).shuffle(groups.sort());
    for (const [at, group] of groups.entries()) sideOf.set(group, deal.sideAt(at, groups.length));
  }
  return new Map(indices.map((index) => [index, sideOf.get(groupOf(index))!]));
}

/** Returns the groups by label. A group belongs to the rarest of its labels; of equally rare ones to the higher one. */
function rarest(shown: ReadonlyMap<string, ReadonlySet<number>>, labels: number): Map<number, string[]> {
  const count = (label: number) => [...shown.values()].filter((own) => own.has(label)).length;
  // If there are two labels, the positive one comes first, however frequent: a group with a positive window is
  // positive.
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

/** Returns a share of a count: at least one of two or more, and never all. */
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
        `the split by folds needs PTB-XL's strat_fold 1 to 10, but patient ${patientId} has ${fold ?? 'no fold'}; ` +
          'choose `split` patients',
      );
    }
    const side = sideOfFold(fold);
    const other = seen.get(patientId) ?? side;
    if (other !== side) {
      throw new PqrstError(
        'ERR_OPTION',
        `patient ${patientId} has folds of both ${other} and ${side}; choose \`split\` patients`,
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
    patients: 'needs windows of at least 3 patients (a patient with several labels counts for the rarest)',
    folds: 'needs windows in a fold of every side (the split by patients distributes them)',
    random: 'needs at least 3 windows',
  };
  return new PqrstError(
    'ERR_DATA_EMPTY',
    `no ${label} window is left for ${side}: the data hold ${plural(held.length, `${label} window`)} of ` +
      `${plural(patients, 'patient')}, and the split by ${kind} ${needs[kind]}; ` +
      'add data, or train on synthetic records (setting syn) and evaluate on these',
  );
}
