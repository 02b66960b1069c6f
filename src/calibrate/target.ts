// How far simulated records are from real ones, as one number that a search can lower: the mean distance of the
// quantities, one by one, plus how well a linear model of all of them tells both sets apart. The second part sees what
// the quantities show together, such as a T wave that is small for its R wave.

import { type QuantityKey, quantities } from '../fidelity/quantities.js';
import type { MeasuredSet } from '../fidelity/record-set.js';
import { filled, limited, mediansOf } from '../fidelity/sides.js';
import { fitLogistic } from '../measures/logistic.js';
import { joined, type Points, pointsOf, scaleOf, standardized } from '../measures/points.js';
import { areaOfScores } from '../measures/two-sample.js';
import { lossOf, type Marginals, marginalsOf } from './loss.js';

/** The real records of a fit. */
export class Target {
  readonly marginals: Marginals;
  readonly #skip: ReadonlySet<QuantityKey>;
  readonly #medians: Float64Array;
  readonly #points: Points;

  /**
   * @param real - the measured real records.
   * @param skip - quantities that the real signals do not show, such as millivolts of z-scored signals.
   */
  constructor(real: MeasuredSet, skip: ReadonlySet<QuantityKey>) {
    this.marginals = marginalsOf(real);
    this.#skip = skip;
    this.#medians = mediansOf(real);
    this.#points = this.#pointsOf(real);
  }

  /** Returns the distance of simulated records; 0 would be the same distributions. */
  lossOf(made: MeasuredSet, marginals: Marginals): number {
    return lossOf(this.marginals, marginals, this.#skip) + 2 * (this.#areaOf(made) - 0.5);
  }

  /** The area under the ROC curve of a linear model on the records that it was fitted to. */
  #areaOf(made: MeasuredSet): number {
    const all = joined(this.#points, this.#pointsOf(made));
    const points = limited(standardized(all, scaleOf(all)));
    const first = this.#points.count;
    const labels = Uint8Array.from({ length: all.count }, (_, at) => Number(at >= first));
    return areaOfScores(fitLogistic(points, labels).scores(points), first);
  }

  #pointsOf({ quantities: rows }: MeasuredSet): Points {
    const kept = quantities.flatMap(({ key }, column) => (this.#skip.has(key) ? [] : [column]));
    return pointsOf(filled(rows, this.#medians).map((row) => kept.map((column) => row[column]!)));
  }
}
