// How far simulated records are from real ones, as one number that a search can lower: the mean distance of the
// quantities, one by one, plus how well a linear model of all of them tells both sets apart. The second part sees what
// the quantities show together, such as a T wave that is small for its R wave.

import { type QuantityKey, quantities } from '../fidelity/quantities.js';
import type { MeasuredSet } from '../fidelity/record-set.js';
import { medianOf } from '../fidelity/robust.js';
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
    this.#medians = Float64Array.from(quantities, (_, column) => {
      const middle = medianOf(real.quantities.map((row) => row[column]!));
      return Number.isNaN(middle) ? 0 : middle;
    });
    this.#points = this.#pointsOf(real);
  }

  /** Returns the distance of simulated records; 0 would be the same distributions. */
  lossOf(made: MeasuredSet, marginals: Marginals): number {
    return lossOf(this.marginals, marginals, this.#skip) + 2 * (this.#areaOf(made) - 0.5);
  }

  /** The area under the ROC curve of a linear model on the records that it was fitted to. */
  #areaOf(made: MeasuredSet): number {
    const all = joined(this.#points, this.#pointsOf(made));
    const points = standardized(all, scaleOf(all));
    const limited = { ...points, values: points.values.map((value) => Math.min(5, Math.max(-5, value))) };
    const first = this.#points.count;
    const labels = Uint8Array.from({ length: all.count }, (_, at) => Number(at >= first));
    return areaOfScores(fitLogistic(limited, labels).scores(limited), first);
  }

  #pointsOf({ quantities: rows }: MeasuredSet): Points {
    const kept = quantities.flatMap(({ key }, column) => (this.#skip.has(key) ? [] : [column]));
    return pointsOf(
      rows.map((row) =>
        kept.map((column) => (Number.isNaN(row[column]!) ? this.#medians[column]! : row[column]!)),
      ),
    );
  }
}
