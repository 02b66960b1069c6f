// Makes the results of an experiment that never ran, for tests of the report. The scores are made up, but have
// realistic sizes and shapes.

import { randomStream } from '#lib/base/random.js';
import { cellsOf } from '#lib/experiment/cells.js';
import { type ExperimentConfigInput, parseExperimentConfig } from '#lib/experiment/config.js';
import type { ExperimentReportInput } from '#lib/experiment/report/report.js';
import type { CellKey, ResultRow } from '#lib/experiment/results.js';
import type { CellSummary, Comparison, GainPoint } from '#lib/experiment/summary.js';
import { heldBack } from '#lib/run/predictions.js';
import type { Setting } from '#lib/run/settings.js';
import type { Prediction, RunPredictions } from '#lib/score/predictions.js';
import type { Gain, MeanScore } from '#lib/score/statistics.js';
import type { EcgWindow } from '#lib/signal/window.js';
import type { CurvePoint } from '#lib/train/checkpoint.js';
import { keyOf } from './cell-keys.js';
import { decisionsOf, someDecisions } from './some-decisions.js';
import { windowOf } from './windows.js';

/** By how much the models of each setting separate the two labels, in logits. */
const strength: Readonly<Record<Setting, number>> = {
  ...{ real: 1.4, syn: 0.8, 'syn-real': 1.9 },
  ...{ 'real+syn': 1.6, 'real+real': 1.4 },
};

/** Returns the input of the report for an experiment with this configuration and `testWindows` windows per test. */
export function madeUpExperiment(given: ExperimentConfigInput, testWindows = 400): ExperimentReportInput {
  const config = parseExperimentConfig(given);
  const tests = [heldBack, ...config.outside];
  const counts = [...config.positives, null];
  const scoreOf = (...path: (string | number)[]): MeanScore => {
    const stream = randomStream(1, ...path);
    const mean = 0.55 + 0.4 * stream.uniform();
    const runs = Array.from({ length: config.runs }, () => mean + 0.03 * stream.normal());
    return { mean, sd: 0.03, low: mean - 0.08, high: Math.min(1, mean + 0.07), runs };
  };
  const gainOf = (...path: (string | number)[]): Gain => {
    const stream = randomStream(2, ...path);
    const difference = 0.04 + 0.06 * stream.normal();
    const p = difference > 0.08 ? 0.0004 : 0.05 + 0.5 * stream.uniform();
    const percent = difference / 0.7;
    return {
      difference,
      low: difference - 0.06,
      high: difference + 0.05,
      percent: 100 * percent,
      percentLow: 100 * percent - 8,
      percentHigh: 100 * percent + 7,
      p,
      pCorrected: Math.min(1, 10 * p),
      reason: '',
    };
  };
  const cells: CellSummary[] = [];
  const comparisons: Comparison[] = [];
  const gains: GainPoint[] = [];
  const rows: ResultRow[] = [];
  for (const { name: task } of config.tasks) {
    for (const test of tests) {
      for (const positives of counts) {
        for (const arch of config.archs) {
          const path = [task, test, arch, String(positives)];
          const keys = cellsOf(config, { name: task, most: Number.POSITIVE_INFINITY }, arch);
          for (const key of keys.filter((one) => one.positives === positives)) {
            const own = [...path, key.setting, ...wayOf(key)];
            cells.push({
              ...key,
              test,
              f1: scoreOf(...own, 'f1'),
              auprc: scoreOf(...own, 'auprc'),
              auroc: scoreOf(...own, 'auroc'),
              decisions: decisionsOf(scoreOf(...own, 'f1').runs),
              trainPositives: positives ?? 57,
              trainPositivePatients: key.setting === 'syn' ? 0 : 12,
              testPositives: Math.round(testWindows * 0.15),
              testPositivePatients: 8,
              testWindows,
              testPatients: Math.ceil(testWindows / 8),
            });
            for (let run = 0; run < config.runs; run++) {
              rows.push(rowOf(key, test, run + 2, testWindows, scoreOf(...own, 'f1')));
            }
            if (wayOf(key).length === 0 || key.setting === 'real' || key.setting === 'syn') continue;
            comparisons.push({ ...key, test, f1: gainOf(...own, 'f1'), auprc: gainOf(...own, 'auprc') });
          }
          comparisons.push({
            ...keyOf(task, arch, 'syn-real', { positives }),
            test,
            f1: gainOf(...path, 'f1'),
            auprc: gainOf(...path, 'auprc'),
          });
        }
        const own = comparisons.filter(
          (one) =>
            one.task === task && one.test === test && one.positives === positives && wayOf(one).length === 0,
        );
        const percent = own.reduce((sum, { f1 }) => sum + f1.percent, 0) / own.length;
        gains.push({
          task,
          test,
          source: 'simulator',
          positives,
          percent,
          low: percent - 4,
          high: percent + 5,
          archs: own.length,
        });
      }
    }
  }
  return {
    config,
    summary: { cells, comparisons, gains, warnings: ['AFLT: one positive patient in training.'] },
    rows,
    generators: [],
    predictionsOf: async (key, test) =>
      Array.from({ length: config.runs }, (_, run) => predictions(key, test, run + 2, testWindows)),
    curvesOf: async (key) =>
      Array.from({ length: config.runs }, (_, run) => ({ pair: run + 2, curve: curve(key, run + 2) })),
    windowOf: (_task, _test, recordName, startS) => windowAt(recordName, startS, config),
  };
}

/** Returns what distinguishes a cell from that of the simulator on all real records; nothing for that one. */
function wayOf({ source, ratio, share }: CellKey): (string | number)[] {
  if ((source === null || source === 'simulator') && ratio === null && share === null) return [];
  return [source ?? 'no source', ratio ?? 'no ratio', share ?? 'no share'];
}

function rowOf(key: CellKey, test: string, pair: number, testWindows: number, f1: MeanScore): ResultRow {
  const positives = key.positives ?? 57;
  return {
    ...key,
    generator: null,
    pair,
    test,
    seed: 1000 + pair,
    trainWindows: 900,
    trainPositives: positives,
    trainPatients: key.setting === 'syn' ? 0 : 110,
    trainPositivePatients: key.setting === 'syn' ? 0 : 12,
    valWindows: 220,
    valPositives: 14,
    testWindows,
    testPositives: Math.round(testWindows * 0.15),
    testPatients: Math.ceil(testWindows / 8),
    testPositivePatients: 8,
    f1: f1.runs[pair - 2]!,
    auprc: f1.mean,
    auroc: f1.mean,
    ...someDecisions(f1.runs[pair - 2]!),
    learningRate: 0.0003,
    shiftRate: 0.3,
    maskRate: 0.2,
    archOptions: '{"dropout":0.25}',
    bestEpoch: 40,
    epochs: 65,
    steps: 520,
    version: '0.1.0',
  };
}

function predictions(
  { task, arch, setting }: CellKey,
  test: string,
  pair: number,
  count: number,
): RunPredictions {
  const shared = randomStream(3, task, test, arch);
  const own = randomStream(4, task, test, arch, setting, pair);
  const windows = Array.from({ length: count }, (_, at): Prediction => {
    const label = at % 20 < 3 ? 1 : 0;
    const hard = shared.normal();
    const logit = strength[setting] * (label - 0.5) * 2 + 1.1 * hard + 0.4 * own.normal() - 0.4;
    const probability = 1 / (1 + Math.exp(-logit));
    const recordName = String(100 + (at >> 3));
    return {
      recordName,
      patientId: recordName,
      startS: 10 * (at % 8),
      label,
      probabilities: [1 - probability, probability],
    };
  });
  return { pair, windows };
}

function curve({ task, arch, setting }: CellKey, pair: number): CurvePoint[] {
  const stream = randomStream(5, task, arch, setting, pair);
  const points = 8 + stream.below(30);
  return Array.from({ length: points }, (_, at) => {
    const loss = 0.2 + 0.5 * Math.exp(-at / 6);
    return {
      phase: setting,
      epoch: 5 * (at + 1),
      step: 40 * (at + 1),
      trainLoss: loss + 0.01 * stream.normal(),
      valLoss: loss + 0.004 * at + 0.03 * stream.uniform(),
      valF1: 0.8,
      valAuprc: 0.8,
      seconds: at,
    };
  });
}

function windowAt(recordName: string, startS: number, config: { fsHz: number; seconds: number }): EcgWindow {
  const stream = randomStream(6, recordName, startS);
  const rrS = 0.7 + 0.3 * stream.uniform();
  const signal = Float32Array.from({ length: Math.round(config.fsHz * config.seconds) }, (_, at) => {
    const inBeat = ((at / config.fsHz) % rrS) - 0.3;
    const wave = (height: number, center: number, width: number) =>
      height * Math.exp(-0.5 * ((inBeat - center) / width) ** 2);
    return wave(0.12, -0.16, 0.02) + wave(1.1, 0, 0.01) + wave(0.3, 0.25, 0.04) + 0.01 * stream.normal();
  });
  return windowOf({ signal, record: recordName, startS, classes: ['normal'], leads: ['MLII'] });
}
