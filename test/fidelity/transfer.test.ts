// Trainings on real and on synthetic records: equal counts, patients apart, and scores that fall where the synthetic
// records are wrong. The macro scores equal scikit-learn's.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { macroScores } from '#lib/fidelity/macro-scores.js';
import type { RecordSet } from '#lib/fidelity/record-set.js';
import { dealSides } from '#lib/fidelity/sides.js';
import { patientOf } from '#lib/fidelity/sources.js';
import { dealTransfer, type Transfer, transfer, transferTask } from '#lib/fidelity/transfer.js';
import type { WindowSet } from '#lib/signal/window.js';
import { errorOf } from '../helpers/folder.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { setOf, windowOf } from '../helpers/windows.js';

let engine: Engine;
beforeAll(() => {
  registerTinyArch();
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

const task = transferTask('af', 'af');

/** Noise with a wave: slow for normal, fast for af, so that a small network learns the labels in seconds. */
function signals(label: number, count: number, seed: number): Float32Array[] {
  const random = randomStream(seed, 'signals', label);
  return Array.from({ length: count }, () => {
    const phase = 7 * random.uniform();
    return Float32Array.from(
      { length: 100 },
      (_, at) => Math.sin(phase + at * (label === 0 ? 0.1 : 0.5)) + 0.3 * random.normal(),
    );
  });
}

function realSet(counts: readonly [number, number]): WindowSet {
  const windows = counts.flatMap((count, label) =>
    signals(label, count, 1).map((signal, at) =>
      // Two records per patient.
      windowOf({
        signal,
        record: `${label}-${at}`,
        patient: `${label}-${at >> 1}`,
        classes: [['normal', 'af'][label]!],
      }),
    ),
  );
  return setOf(windows, { fsHz: 100 });
}

function madeSets(counts: readonly [number, number], labels = [0, 1]): RecordSet[] {
  return labels.map((label, at) => {
    const made = signals(label, counts[at]!, 2);
    return { signals: made, patients: made.map((_, record) => `synthetic ${record}`), fsHz: 100, unit: 'sd' };
  });
}

const options = () => ({ engine, seed: 3, steps: 120, arch: 'tiny', resamples: 50 });

describe('transfer', () => {
  const real = realSet([60, 40]);
  const compared = real.windows.filter(({ classes }) => classes.includes('af')).map(patientOf);
  const rowOf = (found: Transfer, key: string) => found.rows.find((row) => row.key === key)!;

  it('trains and tests on equal counts, with patients apart', async () => {
    const steps: string[] = [];
    const found = await transfer(
      { task, real, compared, made: madeSets([60, 40]) },
      { ...options(), onStep: (step) => steps.push(step) },
    );
    expect(found.training).toEqual([30, 20]);
    expect(found.test).toEqual([30, 20]);
    expect(found.patients).toEqual([25, 25]);
    expect(found).toMatchObject({ arch: 'tiny', steps: 120, labels: ['normal', 'af'] });
    for (const key of ['trtr', 'tstr', 'trts']) {
      const { f1, auprc } = rowOf(found, key);
      expect(auprc.value, key).toBeGreaterThan(0.9);
      expect(f1.value, key).toBeGreaterThan(0.8);
      expect(f1.low, key).toBeLessThanOrEqual(f1.value);
      expect(f1.high, key).toBeGreaterThanOrEqual(f1.value);
    }
    expect(found.gap.f1.value).toBeCloseTo(rowOf(found, 'tstr').f1.value - rowOf(found, 'trtr').f1.value, 12);
    expect(found.gap.f1.low).toBeLessThanOrEqual(0);
    expect(new Set(steps)).toEqual(new Set(['train on real records', 'train on synthetic records']));
  });

  it('deals the patients as the comparison does, the others too, and no record to two sides', () => {
    const { real: dealt, synthetic } = dealTransfer({ task, real, compared, made: madeSets([60, 40]) }, 3);
    const patients = (records: typeof dealt.train) => new Set(records.map(({ window }) => patientOf(window)));
    const { halfA, halfB } = dealSides(compared, 100, 3);
    const af = (records: typeof dealt.train) => patients(records.filter(({ label }) => label === 1));
    expect(af(dealt.train)).toEqual(new Set(halfA.map((at) => compared[at])));
    expect(af(dealt.test)).toEqual(new Set(halfB.map((at) => compared[at])));
    expect([...patients(dealt.train)].filter((patient) => patients(dealt.test).has(patient))).toEqual([]);
    const records = [...synthetic.train, ...synthetic.test].map(({ window }) => window.origin.record);
    expect(new Set(records).size).toBe(100);
  });

  it('falls where the synthetic labels are swapped', async () => {
    const found = await transfer({ task, real, compared, made: madeSets([60, 40], [1, 0]) }, options());
    expect(rowOf(found, 'trtr').f1.value).toBeGreaterThan(0.8);
    expect(rowOf(found, 'tstr').f1.value).toBeLessThan(0.3);
    expect(rowOf(found, 'trts').f1.value).toBeLessThan(0.3);
    expect(found.gap.f1.high).toBeLessThan(0);
  });

  it('gives the same result again, and takes as many real as synthetic records', async () => {
    const data = { task, real, compared, made: madeSets([24, 60]) };
    const few = { ...options(), steps: 10 };
    const [first, second] = [await transfer(data, few), await transfer(data, few)];
    expect(second).toEqual(first);
    expect(first.training).toEqual([12, 20]);
    expect(first.test).toEqual([12, 20]);
  });

  it('refuses a label that a side lacks or has too few records of', async () => {
    const without = transfer({ task, real: realSet([60, 0]), compared, made: madeSets([60, 40]) }, options());
    expect(await errorOf(without)).toMatch(/^ERR_DATA_EMPTY: .* 0 windows of af/);
    const few = transfer({ task, real, compared, made: madeSets([60, 8]) }, options());
    expect(await errorOf(few)).toMatch(/^ERR_DATA_EMPTY: .*at least 6 records of af .* 8 synthetic records/);
  });
});

describe('transferTask', () => {
  it('takes two named labels with that of the comparison', () => {
    expect(transferTask('af:normal', 'normal').labels).toEqual(['normal', 'af']);
    expect(() => transferTask('af:rest', 'af')).toThrow(/two named labels/);
    expect(() => transferTask('normal+af+pvc', 'af')).toThrow(/two named labels/);
    expect(() => transferTask('af', 'pvc')).toThrow(/distinguishes normal and af, but pvc is compared/);
  });
});

const python = pythonWith('sklearn', 'numpy');
const absent =
  python === undefined ? ' (SKIPPED: no python3 with scikit-learn; pip install scikit-learn)' : '';
describe.skipIf(python === undefined)(`scikit-learn${absent}`, () => {
  it('gives the same macro F1 and AUPRC', () => {
    const random = randomStream(5, 'rows');
    const rows = Array.from({ length: 100 }, (_, at) => {
      const label = Number(random.uniform() < 0.3);
      const p = Math.round(100 / (1 + Math.exp(-random.normal() - label))) / 100;
      return { recordName: `${at}`, patientId: `${at >> 1}`, startS: 0, label, probabilities: [1 - p, p] };
    });
    const { f1, auprc } = macroScores(rows, { seed: 1, resamples: 5 });
    const given = {
      labels: rows.map(({ label }) => label),
      probabilities: rows.map((row) => row.probabilities),
    };
    const verdict = judge<{ f1: number; auprc: number }>(python!, 'macro_scores_judge.py', given);
    expect(f1.value).toBeCloseTo(verdict.f1, 12);
    expect(auprc.value).toBeCloseTo(verdict.auprc, 12);
    expect(f1.draws).toHaveLength(5);
  });
});
