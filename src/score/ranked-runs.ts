// Ranks the windows of a run once, so that a resample of patients only changes weights, and an exchange of patients
// between two runs only changes which run a window counts for. The scores are those of metrics.ts, which reports a
// single model.
// More than 300 lines: each score of a resample reads the same ranks, which no other file may see.
// Shapes: B windows, P patients.

import { PqrstError } from '../base/errors.js';
import type { RunPredictions } from './predictions.js';
import { claimOf } from './sweep.js';

/** Scores of a run. Two labels: those of the second label. Several labels: the unweighted mean over the labels. */
export interface Scores {
  /** With two labels, the second is predicted from 0.5; with several, the most probable label is predicted. */
  readonly f1: number;
  readonly auprc: number;
  readonly auroc: number;
}

/** Windows in descending order of the probability of one label. */
interface Ranking {
  /** [B], index of the patient of each window. */
  readonly patientOf: Uint32Array;
  /** [B], 1 if the window has the label. */
  readonly positives: Uint8Array;
  /** [B], 1 at the last window of a group with equal probabilities. */
  readonly ends: Uint8Array;
}

/** Counts of one label against the others, [P] each. F1 is the sum of `twiceHits` divided by the sum of `marks`. */
interface Counts {
  /** The patients whose `marks` are not 0. */
  readonly marked: Uint32Array;
  /** Twice the number of true positives. */
  readonly twiceHits: Float64Array;
  /** Number of windows predicted to have the label plus number of windows that have it. */
  readonly marks: Float64Array;
  /** Number of windows that have the label. */
  readonly actual: Float64Array;
}

/** A run whose windows are ranked. */
export interface RankedRun {
  /** Number of the train/validation pair. */
  readonly pair: number;
  /** Names in ascending order, the same for all runs over the same windows. */
  readonly patients: readonly string[];
  /** The labels whose scores are averaged: the second of two labels, or every label in the test set. */
  readonly judged: readonly number[];
  /** For each label in `judged`. */
  readonly rankings: readonly Ranking[];
  readonly counts: readonly Counts[];
  /** [B], index of the patient of each window, in the given order. */
  readonly patientOf: Uint32Array;
  /** [B], reference label of each window, in the given order. */
  readonly labels: Uint8Array;
  /** For each label in `judged`, [B] midranks of its probabilities in the given order, starting at 1 for the lowest. */
  readonly midranks: readonly Float64Array[];
}

/**
 * Ranks the windows of a run.
 *
 * @throws PqrstError ERR_RANGE: when the run has no windows, or a probability is not in [0, 1].
 */
export function rankRun({ pair, windows }: RunPredictions): RankedRun {
  const classes = windows[0]?.probabilities.length ?? 0;
  const wrong = windows.find(
    ({ probabilities, label }) =>
      probabilities.length !== classes || !(label < classes) || !probabilities.every((p) => p >= 0 && p <= 1),
  );
  if (classes < 2 || wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `the predictions of pair ${pair} ${wrong === undefined ? 'are empty' : `hold [${wrong.probabilities.join(', ')}] for ${wrong.recordName}`}; ` +
        'expected a probability from 0 to 1 for every label; predict again',
    );
  }
  const patients = [...new Set(windows.map(({ patientId }) => patientId))].sort();
  const numbers = new Map(patients.map((name, at) => [name, at]));
  const patientOf = Uint32Array.from(windows, ({ patientId }) => numbers.get(patientId)!);
  const labels = Uint8Array.from(windows, ({ label }) => label);
  const claims = Uint8Array.from(windows, ({ probabilities }) => claimOf(probabilities));
  const judged = classes === 2 ? [1] : [...new Set(labels)].sort((a, b) => a - b);
  const columns = judged.map((label) =>
    Float64Array.from(windows, ({ probabilities }) => probabilities[label]!),
  );
  return {
    pair,
    patients,
    patientOf,
    labels,
    judged,
    rankings: judged.map((label, at) => {
      const order = fallingOrder(columns[at]!);
      return {
        patientOf: order.map((window) => patientOf[window]!),
        positives: Uint8Array.from(order, (window) => Number(labels[window] === label)),
        ends: lastOfTies(order, columns[at]!),
      };
    }),
    counts: judged.map((label) => {
      const counts = {
        twiceHits: new Float64Array(patients.length),
        marks: new Float64Array(patients.length),
        actual: new Float64Array(patients.length),
      };
      for (const [window, patient] of patientOf.entries()) {
        const isSo = Number(labels[window] === label);
        const isClaimed = Number(claims[window] === label);
        counts.twiceHits[patient]! += 2 * isSo * isClaimed;
        counts.marks[patient]! += isSo + isClaimed;
        counts.actual[patient]! += isSo;
      }
      return {
        ...counts,
        marked: Uint32Array.from(counts.marks.keys()).filter((at) => counts.marks[at]! > 0),
      };
    }),
    midranks: columns.map(midranksOf),
  };
}

/**
 * Returns the scores of a run in which each patient counts `times[patient]` times. All three are NaN if no drawn patient
 * has one of the labels.
 */
export function weightedScores(run: RankedRun, times: Float64Array): Scores {
  const areas = run.rankings.map((ranking) => areasOf(ranking, times));
  const f1 = run.counts.map(({ marked, twiceHits, marks, actual }) => {
    let above = 0;
    let below = 0;
    let seen = 0;
    for (const patient of marked) {
      const weight = times[patient]!;
      above += weight * twiceHits[patient]!;
      below += weight * marks[patient]!;
      seen += weight * actual[patient]!;
    }
    return seen === 0 ? Number.NaN : above / below;
  });
  return {
    f1: meanOf(f1),
    auprc: meanOf(areas.map(({ auprc }) => auprc)),
    auroc: meanOf(areas.map(({ auroc }) => auroc)),
  };
}

/** Returns average precision and the area under the ROC curve, with ties as in metrics.ts. */
function areasOf({ patientOf, positives, ends }: Ranking, times: Float64Array) {
  let truePositives = 0;
  let falsePositives = 0;
  let precisionSteps = 0;
  let outranked = 0;
  let groupPositives = 0;
  let groupNegatives = 0;
  for (let at = 0; at < patientOf.length; at++) {
    const weight = times[patientOf[at]!]!;
    if (positives[at] === 1) groupPositives += weight;
    else groupNegatives += weight;
    if (ends[at] === 0) continue;
    outranked += groupNegatives * (truePositives + groupPositives / 2);
    truePositives += groupPositives;
    falsePositives += groupNegatives;
    if (groupPositives > 0) {
      precisionSteps += (groupPositives * truePositives) / (truePositives + falsePositives);
    }
    groupPositives = 0;
    groupNegatives = 0;
  }
  return { auprc: precisionSteps / truePositives, auroc: outranked / (truePositives * falsePositives) };
}

/** Computes the score of b minus the score of a after exchanging the patients whose `swaps[patient]` is 1. */
export interface Exchange {
  readonly f1: (swaps: Uint8Array) => number;
  readonly auprc: (swaps: Uint8Array) => number;
  /** [P], 1 if the predictions (for AUPRC the midranks) of the two runs differ; exchanging other patients has no effect. */
  readonly differs: { readonly f1: Uint8Array; readonly auprc: Uint8Array };
}

/**
 * Prepares two runs over the same windows for exchanges of patients. Midranks replace the probabilities, so that models
 * with different scales can be mixed (Bandos, Rockette and Gur 2005). Without an exchange, this does not change AUPRC.
 *
 * @throws PqrstError ERR_RANGE: when the windows of the runs differ.
 */
export function exchangeRuns(a: RankedRun, b: RankedRun): Exchange {
  const windows = a.labels.length;
  if (windows !== b.labels.length || a.labels.some((label, at) => label !== b.labels[at])) {
    throw new PqrstError(
      'ERR_RANGE',
      `the runs of pair ${a.pair} were tested on other windows (${windows}) than those they are compared with ` +
        `(${b.labels.length}); test both on the same`,
    );
  }
  const mixed = a.judged.map((label, at) => {
    const both = Float64Array.from([...a.midranks[at]!, ...b.midranks[at]!]);
    const order = fallingOrder(both);
    return {
      patientOf: order.map((at) => a.patientOf[at % windows]!),
      sides: Uint8Array.from(order, (at) => Number(at >= windows)),
      positives: Uint8Array.from(order, (at) => Number(a.labels[at % windows] === label)),
      ends: lastOfTies(order, both),
    };
  });
  const f1 = a.counts.map((counts, at) => f1Exchange(counts, b.counts[at]!));
  const differs = { f1: new Uint8Array(a.patients.length), auprc: new Uint8Array(a.patients.length) };
  for (const [at, ranks] of a.midranks.entries()) {
    for (const [window, rank] of ranks.entries()) {
      if (rank !== b.midranks[at]![window]) differs.auprc[a.patientOf[window]!] = 1;
    }
    for (const patient of a.patients.keys()) {
      const isSame = (['twiceHits', 'marks'] as const).every(
        (name) => a.counts[at]![name][patient] === b.counts[at]![name][patient],
      );
      if (!isSame) differs.f1[patient] = 1;
    }
  }
  return {
    differs,
    f1: (swaps) => meanOf(f1.map((ofLabel) => ofLabel(swaps))),
    auprc: (swaps) => meanOf(mixed.map((ranking) => auprcDifference(ranking, swaps))),
  };
}

/** Returns the difference in F1 of one label, computed from the totals and the change by each exchanged patient. */
function f1Exchange(a: Counts, b: Counts): (swaps: Uint8Array) => number {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const above = [sum(a.twiceHits), sum(b.twiceHits)] as const;
  const below = [sum(a.marks), sum(b.marks)] as const;
  const moved = [...a.marks.keys()]
    .map((patient) => ({
      patient,
      above: b.twiceHits[patient]! - a.twiceHits[patient]!,
      below: b.marks[patient]! - a.marks[patient]!,
    }))
    .filter((one) => one.above !== 0 || one.below !== 0);
  return (swaps) => {
    let byAbove = 0;
    let byBelow = 0;
    for (const one of moved) {
      byAbove += swaps[one.patient]! * one.above;
      byBelow += swaps[one.patient]! * one.below;
    }
    return (above[1] - byAbove) / (below[1] - byBelow) - (above[0] + byAbove) / (below[0] + byBelow);
  };
}

function auprcDifference(ranking: Ranking & { readonly sides: Uint8Array }, swaps: Uint8Array): number {
  const { patientOf, positives, ends, sides } = ranking;
  let hitsA = 0;
  let claimedA = 0;
  let stepsA = 0;
  let groupA = 0;
  let hitsB = 0;
  let claimedB = 0;
  let stepsB = 0;
  let groupB = 0;
  for (let at = 0; at < patientOf.length; at++) {
    const isB = sides[at]! ^ swaps[patientOf[at]!]!;
    const isHit = positives[at]!;
    claimedB += isB;
    claimedA += 1 - isB;
    groupB += isB & isHit;
    groupA += (1 - isB) & isHit;
    if (ends[at] === 0 || groupA + groupB === 0) continue;
    hitsA += groupA;
    hitsB += groupB;
    if (groupA > 0) stepsA += (groupA * hitsA) / claimedA;
    if (groupB > 0) stepsB += (groupB * hitsB) / claimedB;
    groupA = 0;
    groupB = 0;
  }
  return stepsB / hitsB - stepsA / hitsA;
}

/** Returns indices in descending order of value. */
function fallingOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
}

function lastOfTies(order: Uint32Array, values: Float64Array): Uint8Array {
  return Uint8Array.from(order, (window, at) =>
    Number(at + 1 === order.length || values[order[at + 1]!] !== values[window]),
  );
}

/** Returns ranks from 1 for the lowest; equal values get their mean rank. */
function midranksOf(values: Float64Array): Float64Array {
  const order = fallingOrder(values);
  const ends = lastOfTies(order, values);
  const ranks = new Float64Array(values.length);
  for (let at = 0, first = 0; at < order.length; at++) {
    if (ends[at] === 0) continue;
    for (let tied = first; tied <= at; tied++) ranks[order[tied]!] = values.length - (first + at) / 2;
    first = at + 1;
  }
  return ranks;
}

/** Returns the mean; NaN without values or if any value is NaN. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
