// Scores of many patients, with intervals from variances in place of resamples: the cost is that of sorting the windows
// once. Each score is a smooth function of the weights of the patients. Its derivatives by them, the influence of each
// patient, give the variance that a bootstrap over patients would show (the infinitesimal jackknife):
//   variance = P / (P - 1) * sum over patients of (sum over the windows of the patient of d score / d weight)^2
// For AUROC with one window per patient this is the variance of DeLong, DeLong and Clarke-Pearson (1988), and with several
// that of Obuchowski (1997), apart from their factors of sample size, n / (n - 1). Intervals of F1, AUPRC and AUROC are
// symmetric on the scale of the logit; those of counts are Wilson's, for the number of independent windows with the same
// variance. Sources: DeLong et al., Biometrics 44 (1988) 837-845; Obuchowski, Biometrics 53 (1997) 567-578; Wilson, JASA
// 22 (1927) 209-212; Efron, The Jackknife, the Bootstrap and Other Resampling Plans (1982), chapter 6.
// More than 300 lines: the derivatives of all scores share the ranks of the windows.

import type { ScoreColumns } from './columns.js';
import {
  type ClassMetrics,
  type ClassScore,
  confidence,
  type Estimate,
  type LargeSample,
  type Metrics,
} from './metrics.js';
import { claimOf } from './sweep.js';

/** The 97.5 % quantile of the normal distribution. */
const z = 1.959963984540054;

const largeSample: LargeSample = { method: 'delong', confidence };

/** Windows with two labels: of a task, or one class against the others. */
interface Pair {
  /** [N], 1 for positive windows. */
  readonly positives: Uint8Array;
  /** [N] numbers of patients. */
  readonly patients: Uint32Array;
  readonly patientCount: number;
}

/** Returns the places of probabilities in ascending order; equal ones keep their order. */
export function ascending(probabilities: Float32Array): Uint32Array<ArrayBuffer> {
  const count = probabilities.length;
  // The bits of numbers from 0 to 1 have the order of the numbers.
  const bits = new Uint32Array(probabilities.buffer, probabilities.byteOffset, count);
  let [places, sorted] = [new Uint32Array(count), new Uint32Array(count)];
  for (let at = 0; at < count; at++) places[at] = at;
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(2 ** 16 + 1);
    for (let at = 0; at < count; at++) starts[((bits[at]! >>> shift) & 0xffff) + 1]!++;
    for (let digit = 1; digit < starts.length; digit++) starts[digit]! += starts[digit - 1]!;
    for (let at = 0; at < count; at++) {
      const place = places[at]!;
      sorted[starts[(bits[place]! >>> shift) & 0xffff]!++] = place;
    }
    [places, sorted] = [sorted, places];
  }
  return places;
}

/**
 * Computes the scores of a task of two labels.
 *
 * @param order - the windows in ascending order of probability.
 */
export function measureLarge(columns: ScoreColumns, order: Uint32Array, threshold: number): Metrics {
  const { probabilities, labels, patientCount } = columns;
  const pair = { ...columns, positives: labels };
  const claims = claimsAt(probabilities, threshold);
  const counts = [0, 0, 0, 0];
  for (let at = 0; at < labels.length; at++) counts[2 * labels[at]! + claims[at]!]!++;
  const count = (positive: number, claimed: number): Estimate =>
    countEstimate(columns, counts[2 * positive + claimed]!, (at) => {
      return labels[at] === positive && claims[at] === claimed;
    });
  const ranks = ranksOf(pair, probabilities, order);
  const scored = (influences: (influence: Influence) => number): Estimate => {
    const influence = new Influence(columns);
    return influence.estimate(influences(influence));
  };
  return {
    threshold,
    windows: labels.length,
    positives: counts[2]! + counts[3]!,
    patients: patientCount,
    truePositives: count(1, 1),
    falsePositives: count(0, 1),
    falseNegatives: count(1, 0),
    trueNegatives: count(0, 0),
    f1: scored((influence) => f1Influence(pair, claims, influence)),
    auprc: scored((influence) => auprcInfluence(pair, ranks, order, influence)),
    auroc: scored((influence) => aurocInfluence(pair, ranks, order, influence)),
    largeSample,
  };
}

function claimsAt(probabilities: Float32Array, threshold: number): Uint8Array {
  const claims = new Uint8Array(probabilities.length);
  for (let at = 0; at < claims.length; at++) claims[at] = probabilities[at]! >= threshold ? 1 : 0;
  return claims;
}

/** Returns F1 at a threshold. */
export function estimateF1(columns: ScoreColumns, threshold: number): Estimate {
  const claims = claimsAt(columns.probabilities, threshold);
  const influence = new Influence(columns);
  return influence.estimate(f1Influence({ ...columns, positives: columns.labels }, claims, influence));
}

/** Computes the scores of K > 2 labels. */
export function measureLargeClasses(columns: ScoreColumns, classCount: number): ClassMetrics {
  const { labels, probabilities, patientCount } = columns;
  const claimed = Uint8Array.from(labels, (_, at) =>
    claimOf(Array.from(probabilities.subarray(at * classCount, (at + 1) * classCount))),
  );
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let at = 0; at < labels.length; at++) confusion[labels[at]!]![claimed[at]!]!++;
  const windows = confusion.map((row) => row.reduce((sum, one) => sum + one, 0));
  const classes = windows.map((own) => ({ windows: own }) as ClassMetrics['classes'][number] & Estimates);
  const means = {} as Estimates;
  const views = Array.from({ length: classCount }, (_, own): ClassView => {
    const positives = Uint8Array.from(labels, (label) => (label === own ? 1 : 0));
    const column = probabilities.filter((_, at) => at % classCount === own);
    const order = ascending(column);
    const pair = { ...columns, positives };
    const claims = Uint8Array.from(claimed, (label) => (label === own ? 1 : 0));
    return { pair, order, claims, ranks: ranksOf(pair, column, order) };
  });
  for (const name of ['f1', 'auprc', 'auroc'] as const) {
    const mean = new Influence(columns);
    const values: number[] = [];
    for (const [own, view] of views.entries()) {
      const influence = new Influence(columns);
      const value = influenceOf[name](view, influence);
      classes[own]![name] = influence.estimate(value);
      if (windows[own] === 0 || Number.isNaN(value)) continue;
      values.push(value);
      mean.addAll(influence);
    }
    mean.scale(1 / values.length);
    means[name] = mean.estimate(values.reduce((sum, value) => sum + value, 0) / values.length);
  }
  return { windows: labels.length, patients: patientCount, ...means, confusion, classes, largeSample };
}

type Estimates = { -readonly [name in ClassScore]: Estimate };

interface ClassView {
  readonly pair: Pair;
  readonly order: Uint32Array;
  readonly claims: Uint8Array;
  readonly ranks: Ranks;
}

const influenceOf: Readonly<Record<ClassScore, (view: ClassView, influence: Influence) => number>> = {
  f1: ({ pair, claims }, influence) => f1Influence(pair, claims, influence),
  auprc: ({ pair, ranks, order }, influence) => auprcInfluence(pair, ranks, order, influence),
  auroc: ({ pair, ranks, order }, influence) => aurocInfluence(pair, ranks, order, influence),
};

/** Returns one more than the largest number of a patient. */
function slotsOf(patients: Uint32Array): number {
  let slots = 0;
  for (let at = 0; at < patients.length; at++) slots = Math.max(slots, patients[at]! + 1);
  return slots;
}

/** The derivative of a score by the weight of each patient. */
class Influence {
  readonly #patients: Uint32Array;
  readonly #patientCount: number;
  readonly #sums: Float64Array;

  constructor({ patients, patientCount }: Pick<ScoreColumns, 'patients' | 'patientCount'>) {
    this.#patients = patients;
    this.#patientCount = patientCount;
    this.#sums = new Float64Array(slotsOf(patients));
  }

  /** Adds the derivative by the weight of window `at`. */
  add(at: number, value: number): void {
    this.#sums[this.#patients[at]!]! += value;
  }

  /** Adds the derivatives of another score. */
  addAll(other: Influence): void {
    for (let patient = 0; patient < this.#sums.length; patient++) {
      this.#sums[patient]! += other.#sums[patient]!;
    }
  }

  scale(factor: number): void {
    for (let patient = 0; patient < this.#sums.length; patient++) this.#sums[patient]! *= factor;
  }

  /** Returns a score from 0 to 1 with its interval. */
  estimate(value: number): Estimate {
    if (Number.isNaN(value)) return { value, low: value, high: value };
    const count = this.#patientCount;
    let squares = 0;
    for (let patient = 0; patient < this.#sums.length; patient++) squares += this.#sums[patient]! ** 2;
    const variance = (count / (count - 1)) * squares;
    if (value <= 0 || value >= 1) return { value, low: value, high: value };
    const half = (z * Math.sqrt(variance)) / (value * (1 - value));
    const logit = Math.log(value / (1 - value));
    const [low, high] = [logit - half, logit + half].map((one) => 1 / (1 + Math.exp(-one)));
    return { value, low: low!, high: high! };
  }
}

/** Returns F1 of claims, and adds its derivatives. */
function f1Influence({ positives }: Pair, claims: Uint8Array, influence: Influence): number {
  let [hits, sizes] = [0, 0];
  for (let at = 0; at < positives.length; at++) {
    hits += positives[at]! & claims[at]!;
    sizes += positives[at]! + claims[at]!;
  }
  const f1 = (2 * hits) / sizes;
  for (let at = 0; at < positives.length; at++) {
    const [positive, claimed] = [positives[at]!, claims[at]!];
    influence.add(at, (2 * (positive & claimed) - f1 * (positive + claimed)) / sizes);
  }
  return f1;
}

/** The groups of windows with equal probabilities, in ascending order. */
interface Ranks {
  /** Where each group starts in the order, and the number of windows at the end. */
  readonly starts: Uint32Array;
  /** Number of positives and negatives in the groups before each group, and in all at the end. */
  readonly positivesBelow: Float64Array;
  readonly negativesBelow: Float64Array;
}

function ranksOf({ positives }: Pair, probabilities: Float32Array, order: Uint32Array): Ranks {
  const all = new Uint32Array(order.length + 1);
  let groups = 0;
  for (let at = 0; at < order.length; at++) {
    if (at === 0 || probabilities[order[at]!] !== probabilities[order[at - 1]!]) all[groups++] = at;
  }
  all[groups] = order.length;
  const starts = all.subarray(0, groups + 1);
  const positivesBelow = new Float64Array(starts.length);
  for (let group = 0; group + 1 < starts.length; group++) {
    let own = 0;
    for (let at = starts[group]!; at < starts[group + 1]!; at++) own += positives[order[at]!]!;
    positivesBelow[group + 1] = positivesBelow[group]! + own;
  }
  const negativesBelow = Float64Array.from(positivesBelow, (below, group) => starts[group]! - below);
  return { starts, positivesBelow, negativesBelow };
}

/** Returns AUROC and adds its derivatives, which are DeLong's components of each window. */
function aurocInfluence({ positives }: Pair, ranks: Ranks, order: Uint32Array, influence: Influence): number {
  const { starts, positivesBelow, negativesBelow } = ranks;
  const groups = starts.length - 1;
  const [allPositives, allNegatives] = [positivesBelow[groups]!, negativesBelow[groups]!];
  let outranked = 0;
  for (let group = 0; group < groups; group++) {
    const own = positivesBelow[group + 1]! - positivesBelow[group]!;
    outranked += (own * (negativesBelow[group]! + negativesBelow[group + 1]!)) / 2;
  }
  const auroc = outranked / (allPositives * allNegatives);
  for (let group = 0; group < groups; group++) {
    const below = (negativesBelow[group]! + negativesBelow[group + 1]!) / 2 / allNegatives;
    const above = 1 - (positivesBelow[group]! + positivesBelow[group + 1]!) / 2 / allPositives;
    for (let at = starts[group]!; at < starts[group + 1]!; at++) {
      const window = order[at]!;
      if (positives[window] === 1) influence.add(window, (below - auroc) / allPositives);
      else influence.add(window, (above - auroc) / allNegatives);
    }
  }
  return auroc;
}

/** Returns average precision and adds its derivatives. */
function auprcInfluence({ positives }: Pair, ranks: Ranks, order: Uint32Array, influence: Influence): number {
  const { starts, positivesBelow, negativesBelow } = ranks;
  const groups = starts.length - 1;
  const all = positivesBelow[groups]!;
  const hitsOf = (group: number) => all - positivesBelow[group]!;
  const missesOf = (group: number) => negativesBelow[groups]! - negativesBelow[group]!;
  const ownOf = (group: number) => positivesBelow[group + 1]! - positivesBelow[group]!;
  let sum = 0;
  for (let group = groups - 1; group >= 0; group--) {
    if (ownOf(group) > 0) sum += (ownOf(group) * hitsOf(group)) / (hitsOf(group) + missesOf(group));
  }
  const auprc = sum / all;
  // A window counts in the precision of every positive that is not ranked above it.
  let [byHit, byMiss] = [0, 0];
  for (let group = 0; group < groups; group++) {
    const [hits, misses, own] = [hitsOf(group), missesOf(group), ownOf(group)];
    const claimed = hits + misses;
    byHit += (own * misses) / claimed ** 2;
    byMiss += (own * hits) / claimed ** 2;
    for (let at = starts[group]!; at < starts[group + 1]!; at++) {
      const window = order[at]!;
      if (positives[window] === 1) influence.add(window, (hits / claimed - auprc + byHit) / all);
      else influence.add(window, -byMiss / all);
    }
  }
  return auprc;
}

/** Returns a number of windows with Wilson's interval. */
function countEstimate(
  { labels, patients, patientCount }: ScoreColumns,
  value: number,
  counts: (at: number) => boolean,
): Estimate {
  const total = labels.length;
  const ofPatients = new Float64Array(slotsOf(patients));
  for (let at = 0; at < total; at++) if (counts(at)) ofPatients[patients[at]!]!++;
  let squares = 0;
  for (let patient = 0; patient < ofPatients.length; patient++) squares += ofPatients[patient]! ** 2;
  const variance = (patientCount / (patientCount - 1)) * (squares - value ** 2 / patientCount);
  const share = value / total;
  const independent = variance > 0 ? (share * (1 - share) * total ** 2) / variance : patientCount;
  const spread = 1 + z ** 2 / independent;
  const centre = (share + z ** 2 / (2 * independent)) / spread;
  const half =
    (z / spread) * Math.sqrt((share * (1 - share)) / independent + z ** 2 / (4 * independent ** 2));
  return { value, low: Math.max(0, centre - half) * total, high: Math.min(1, centre + half) * total };
}
