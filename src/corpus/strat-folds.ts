// Assigns PTB-XL's strat_fold to the records of a split: train 1-8, val 9, test 10, any other split 1-10. Within each
// class the folds are taken in turn.

import type { EcgClass } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import type { CorpusSplit } from './format.js';

const splitFolds: Readonly<Record<string, readonly number[]>> = {
  train: [1, 2, 3, 4, 5, 6, 7, 8],
  val: [9],
  test: [10],
};
const allFolds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Yields the fold of each record of `split`, in order. Record i is of class classes[i % classes.length]. */
export function* foldsOf(
  classes: readonly EcgClass[],
  split: CorpusSplit,
): Generator<number, void, undefined> {
  const folds = splitFolds[split.name] ?? allFolds;
  const seen = new Map<EcgClass, number>();
  for (let index = split.start; index < split.start + split.count; index++) {
    const name = labelAt(classes, index);
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    yield folds[before % folds.length]!;
  }
}
