// The splits of a corpus as PTB-XL's strat_fold: train 1-8, val 9, test 10, any other 1-10, in turn within each class.

import { type EcgClass, ecgClasses } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import type { CorpusSplit } from './format.js';

const splitFolds: Readonly<Record<string, readonly number[]>> = {
  train: [1, 2, 3, 4, 5, 6, 7, 8],
  val: [9],
  test: [10],
};
const allFolds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** The fold of each record of `split`, in order; record i is of class classes[i % classes.length]. */
export function* foldsOf(
  classes: readonly EcgClass[],
  split: CorpusSplit,
): Generator<number, void, undefined> {
  const folds = splitFolds[split.name] ?? allFolds;
  const seen = new Map(ecgClasses.map((name) => [name, 0]));
  for (let index = split.start; index < split.start + split.count; index++) {
    const name = labelAt(classes, index);
    const before = seen.get(name)!;
    seen.set(name, before + 1);
    yield folds[before % folds.length]!;
  }
}
