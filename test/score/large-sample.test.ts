import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { calibrationOf } from '#lib/score/calibration.js';
import {
  ColumnsBuilder,
  mostBootstrapPatients,
  type ScoreColumns,
  scoreColumns,
} from '#lib/score/columns.js';
import { ascending, estimateF1, measureLarge, measureLargeClasses } from '#lib/score/large-sample.js';
import {
  type Estimate,
  measure,
  measureClasses,
  type Scored,
  score,
  scoreClasses,
} from '#lib/score/metrics.js';
import { correctPrior } from '#lib/score/prior.js';
import { made } from '../helpers/score-columns.js';

function scoredOf({ labels, probabilities, patients }: ScoreColumns): Scored[] {
  return Array.from(labels, (label, at) => {
    return { patientId: `p${patients[at]}`, positive: label === 1, probability: probabilities[at]! };
  });
}

const measured = (columns: ScoreColumns, threshold = 0.5) =>
  measureLarge(columns, ascending(columns.probabilities), threshold);

/** Compares two intervals: their ends differ by less than a share of the width of the exact one. */
function expectClose(own: Estimate, exact: Estimate, share: number): void {
  const width = exact.high - exact.low;
  expect(own.value).toBeCloseTo(exact.value, 9);
  expect(Math.abs(own.low - exact.low)).toBeLessThan(share * width);
  expect(Math.abs(own.high - exact.high)).toBeLessThan(share * width);
}

describe('measureLarge', () => {
  it.each([
    ['one window per patient', made(1, 1500)],
    ['rare positives', made(2, 2000, { share: 0.1 })],
    ['ties', made(3, 1500, { levels: 20 })],
    ['several windows per patient, which are alike', made(4, 500, { each: 4 })],
  ])('has the values and nearly the intervals of the bootstrap: %s', (_, columns) => {
    const own = measured(columns);
    const exact = measure(scoredOf(columns), { resamples: 1000 });
    for (const name of ['f1', 'auprc', 'auroc'] as const) expectClose(own[name], exact[name], 0.15);
    for (const name of ['truePositives', 'falsePositives', 'falseNegatives', 'trueNegatives'] as const) {
      expectClose(own[name], exact[name], 0.15);
    }
    expect(own).toMatchObject({
      windows: exact.windows,
      positives: exact.positives,
      patients: exact.patients,
    });
    expect(own.largeSample).toEqual({ method: 'delong', confidence: 0.95 });
    expect(own).not.toHaveProperty('bootstrap');
    expectClose(estimateF1(columns, 0.3), measure(scoredOf(columns), { threshold: 0.3 }).f1, 0.15);
  });

  it('takes similar windows of a patient for less than as many patients', () => {
    const columns = made(5, 500, { each: 6 });
    const apart = {
      ...columns,
      patients: Uint32Array.from(columns.labels, (_, at) => at),
      patientCount: 3000,
    };
    const widthOf = ({ low, high }: Estimate) => high - low;
    expect(widthOf(measured(columns).auroc)).toBeGreaterThan(1.5 * widthOf(measured(apart).auroc));
  });

  it('is undefined without one of the labels, and an interval of one number for a perfect model', () => {
    const builder = new ColumnsBuilder(4, 1);
    for (const [at, probability] of [0.1, 0.2, 0.8, 0.9].entries()) builder.add(0, at, [probability]);
    const { auroc, auprc, f1 } = measured(builder.columns());
    expect([auroc.value, auprc.value, f1.value]).toEqual([Number.NaN, Number.NaN, 0]);
    const perfect = new ColumnsBuilder(4, 1);
    for (const [at, probability] of [0.1, 0.2, 0.8, 0.9].entries())
      perfect.add(at > 1 ? 1 : 0, at, [probability]);
    expect(measured(perfect.columns()).auroc).toEqual({ value: 1, low: 1, high: 1 });
  });
});

describe('measureLargeClasses', () => {
  it('has the values and nearly the intervals of the bootstrap', () => {
    const stream = randomStream(9, 'classes');
    const builder = new ColumnsBuilder(2000, 3);
    const rows = Array.from({ length: 2000 }, (_, at) => {
      const label = stream.below(3);
      const powers = [0, 1, 2].map((one) => Math.exp(1.3 * Number(one === label) + stream.normal()));
      const sum = powers.reduce((total, one) => total + one, 0);
      const probabilities = [...Float32Array.from(powers, (one) => one / sum)];
      builder.add(label, at, probabilities);
      return { patientId: `p${at}`, label, probabilities };
    });
    const own = measureLargeClasses(builder.columns(), 3);
    const exact = measureClasses(rows);
    const { confusion } = scoreClasses(rows);
    expect(own).toMatchObject({ windows: 2000, patients: 2000, confusion });
    for (const name of ['f1', 'auprc', 'auroc'] as const) {
      expectClose(own[name], exact[name], 0.15);
      for (const [at, one] of exact.classes.entries()) expectClose(own.classes[at]![name], one[name], 0.15);
    }
  });
});

describe('scoreColumns', () => {
  const plan = {
    threshold: 0.5,
    seed: 3,
    validationThreshold: 0.4,
    correction: { prior: 0.1, trainPrior: 0.5 },
  };

  it('is the bootstrap up to 20,000 patients', () => {
    const columns = made(10, 300);
    const own = scoreColumns(columns, 2, plan);
    expect(own.metrics).toEqual(measure(scoredOf(columns), { seed: 3 }));
    expect(own.metrics).not.toHaveProperty('largeSample');
  });

  it('has the same values of more patients, with intervals of large samples', () => {
    const columns = made(11, mostBootstrapPatients + 1);
    const own = scoreColumns(columns, 2, plan);
    if (own.kind !== 'binary') throw new Error(own.kind);
    const rows = scoredOf(columns);
    const { f1, auprc, auroc } = score(rows);
    expect(own.metrics.largeSample?.method).toBe('delong');
    expect(own.metrics.f1.value).toBe(f1);
    expect(own.metrics.auprc.value).toBeCloseTo(auprc, 10);
    expect(own.metrics.auroc.value).toBeCloseTo(auroc, 10);
    expect(own.decisions.map(({ rule, f1 }) => [rule, f1.value])).toEqual([
      ['half', f1],
      ['validation', score(rows, 0.4).f1],
      ['prior', score(rows, own.decisions[2]!.threshold).f1],
    ]);
    const { brier, ece } = calibrationOf(rows);
    expect(own.calibration.brier).toBeCloseTo(brier, 12);
    expect(own.calibration.ece).toBeCloseTo(ece, 12);
    const corrected = rows.map((one) => ({ ...one, probability: correctPrior(one.probability, 0.1, 0.5) }));
    expect(own.prior!.calibration.brier).toBeCloseTo(calibrationOf(corrected).brier, 12);
  });

  it('refuses what is not a probability', () => {
    const columns = made(12, mostBootstrapPatients + 1);
    columns.probabilities[5] = Number.NaN;
    expect(() => scoreColumns(columns, 2, plan)).toThrow(/probability NaN/);
  });
});
