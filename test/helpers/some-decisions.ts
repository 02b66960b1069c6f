// Made-up results of a run that depend on a threshold or on calibrated probabilities.

import type { DecisionColumns } from '#lib/experiment/decide.js';
import type { CellSummary, DecisionColumn } from '#lib/experiment/summary.js';

/** Returns the columns of a row whose F1 at 0.5 is `f1`. */
export function someDecisions(f1: number): DecisionColumns {
  return {
    valThreshold: 0.25 + 0.5 * f1,
    f1AtValThreshold: f1 + 0.02,
    prior: 0.2,
    f1AtPrior: f1 + 0.01,
    brier: 0.1,
    ece: 0.08,
  };
}

/** Returns the columns of a cell whose runs have these F1 at 0.5. */
export function decisionsOf(f1: readonly number[]): CellSummary['decisions'] {
  const scoreOf = (name: DecisionColumn) => {
    const runs = f1.map((one) => someDecisions(one)[name]);
    return { mean: runs.reduce((sum, one) => sum + one, 0) / runs.length, sd: 0.03, runs };
  };
  return {
    valThreshold: scoreOf('valThreshold'),
    f1AtValThreshold: scoreOf('f1AtValThreshold'),
    prior: scoreOf('prior'),
    f1AtPrior: scoreOf('f1AtPrior'),
    brier: scoreOf('brier'),
    ece: scoreOf('ece'),
  };
}
