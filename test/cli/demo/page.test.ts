// Checks that the text of the demo's report follows from its numbers, for gains and for losses.

import { describe, expect, it } from 'vitest';
import { demoPage, verdict } from '#lib/cli/demo/page.js';
import { measure } from '#lib/score/metrics.js';
import { setOf } from '../../helpers/windows.js';

type Run = Parameters<typeof verdict>[0][number];

/** Returns a run whose model classifies the windows of `right` of 10 patients correctly, and the others wrongly. */
function runOf(setting: Run['setting'], right: number): Run {
  const scored = Array.from({ length: 40 }, (_, at) => {
    const positive = at % 2 === 0;
    return { patientId: `p${at % 10}`, positive, probability: at % 10 < right === positive ? 0.9 : 0.1 };
  });
  const phase = { phase: 'train', bestEpoch: 1, bestValLoss: 0.5, epochs: 2, steps: 4, seconds: 1 };
  const point = { phase: 'train', trainLoss: 0.6, valLoss: 0.5, valF1: 0.5, valAuprc: 0.5, seconds: 1 };
  const test = { on: 'real', metrics: measure(scored, { resamples: 50 }) };
  const result = { phases: [phase], split: null, test, export: { maxDifference: 1e-6 } };
  const curve = [
    { ...point, epoch: 1, step: 2 },
    { ...point, epoch: 2, step: 4 },
  ];
  return { setting, result, curve } as unknown as Run;
}

describe('verdict', () => {
  it('states a gain with its size', () => {
    const [f1] = verdict([runOf('real', 5), runOf('syn', 2), runOf('syn-real', 10)]);
    expect(f1).toMatch(
      /^F1 0\.\d\d with real records alone, 1\.00 after .*Syn→Real gained 0\.\d\d \(\+\d+ %\)/,
    );
  });

  it('states a loss as a loss', () => {
    const [f1] = verdict([runOf('real', 10), runOf('syn', 2), runOf('syn-real', 5)]);
    expect(f1).toMatch(/Syn→Real lost 0\.\d\d \(−\d+ %\)/);
  });

  it('states that nothing changed, and that the intervals do not distinguish the settings', () => {
    const [f1] = verdict([runOf('real', 6), runOf('syn-real', 6)]);
    expect(f1).toContain('neither gained nor lost');
    expect(f1).toContain('do not show a difference');
  });
});

describe('demoPage', () => {
  const config = {
    task: 'af',
    arch: 'resnet18',
    preset: 'physiological',
    schedule: 'one-cycle',
    learningRate: 2e-3,
    fsHz: 100,
    seconds: 10,
    seed: 7,
    batch: 32,
    epochs: 5,
  } as const;
  const rest = {
    config: { ...config, validateEvery: 1, syntheticCount: 384 } as const,
    pictures: [],
    tookS: 1,
  };

  it('shows a banner if only synthetic records were evaluated', () => {
    const page = demoPage({ ...rest, runs: [runOf('syn', 8)], real: undefined });
    expect(page).toMatch(/class="banner"[^>]*>NO REAL RECORDS WERE FOUND/);
    expect(page).toContain('held-back SYNTHETIC records');
  });

  it('has one row per setting, and no banner with real records', () => {
    const set = setOf([], { source: 'mitdb', lengthSamples: 1000, leads: ['MLII'] });
    const runs = [runOf('real', 8), runOf('syn', 6), runOf('syn-real', 9)];
    const page = demoPage({ ...rest, runs, real: { set } });
    expect(page).not.toContain('class="banner"');
    for (const title of ['Real', 'Syn', 'Syn→Real']) expect(page).toContain(`<th scope="row">${title}</th>`);
  });
});
