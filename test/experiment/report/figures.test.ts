// Which windows a report shows as the worst mistakes, how it draws them, and their captions.

import { describe, expect, it } from 'vitest';
import { parseExperimentConfig } from '#lib/experiment/config.js';
import { classFigures } from '#lib/experiment/report/figures.js';
import { meanOverRuns, mistakeFigures, worstMistakes } from '#lib/experiment/report/mistakes.js';
import type { Prediction } from '#lib/score/predictions.js';
import { parseLabelTask } from '#lib/signal/tasks.js';
import { windowOf } from '../../helpers/windows.js';

const task = parseLabelTask('af');
const scored = (
  patientId: string,
  startS: number,
  label: number,
  ...probabilities: number[]
): Prediction => ({
  recordName: `r${patientId}`,
  patientId,
  startS,
  label,
  probabilities: probabilities.length === 1 ? [1 - probabilities[0]!, probabilities[0]!] : probabilities,
});

describe('meanOverRuns', () => {
  it('averages each window over the runs that predicted it', () => {
    const means = meanOverRuns([
      { pair: 2, windows: [scored('a', 0, 1, 0.2), scored('a', 10, 1, 0.9)] },
      { pair: 3, windows: [scored('a', 0, 1, 0.6)] },
    ]);
    const shown = [...means.values()].map(({ startS, probabilities, runs }) => [
      startS,
      runs,
      probabilities[1],
    ]);
    expect(shown).toEqual([
      [0, 2, expect.closeTo(0.4, 12)],
      [10, 1, 0.9],
    ]);
  });
});

describe('classFigures', () => {
  it('draws synthetic records of two other classes as the rest, and real windows beside them', async () => {
    const config = parseExperimentConfig({
      data: 'npy:x',
      tasks: ['af:rest'],
      preset: 'paper',
      fsHz: 50,
      seconds: 2,
    });
    const [rest] = config.tasks;
    const tested = [scored('a', 0, 0, 0.1), scored('b', 0, 1, 0.9)];
    const signal = Float32Array.from({ length: 100 }, (_, n) => Math.sin(n / 5));
    const find = (one: Prediction) =>
      windowOf({ signal, record: one.recordName, patient: one.patientId, classes: [] });
    const html = (await classFigures(rest!, rest!.labels, config, tested, find)).join('');
    expect(html).toContain('All other records');
    expect(html).toContain('Synthetic, normal: preset paper, seed 0, record 0.');
    expect(html).toContain('Synthetic, AFLT: preset paper, seed 0, record 1.');
    expect(html).toContain('Real, the rest: record ra, patient a');
    expect(html).toContain('Real, AF: record rb, patient b');
  });
});

describe('worstMistakes', () => {
  const of = (windows: Prediction[], name = task) =>
    worstMistakes(meanOverRuns([{ pair: 2, windows }]).values(), name);

  it('takes the most confident mistake of each patient first, and no correct answer', () => {
    const negatives = [
      scored('a', 0, 0, 0.99),
      scored('a', 10, 0, 0.98),
      scored('b', 0, 0, 0.7),
      scored('c', 0, 0, 0.51),
      scored('d', 0, 0, 0.49),
    ];
    const [alarms, misses] = of([...negatives, scored('e', 0, 1, 0.1), scored('e', 10, 1, 0.5)]);
    expect(alarms!.windows.map(({ patientId, startS }) => `${patientId}${startS}`)).toEqual([
      'a0',
      'b0',
      'c0',
      'a10',
    ]);
    expect(misses!.windows.map(({ patientId, startS }) => `${patientId}${startS}`)).toEqual(['e0']);
    expect(misses!.heading).toBe('False negatives: labelled AF, called normal');
    expect(of(negatives, parseLabelTask('clbbb:rest'))[0]!.heading).toBe(
      'False positives: labelled the rest, called CLBBB',
    );
  });

  it('returns at most four mistakes of each kind', () => {
    const [alarms] = of(Array.from({ length: 9 }, (_, at) => scored(String(at), 0, 0, 0.6)));
    expect(alarms!.windows.map(({ patientId }) => patientId)).toEqual(['0', '1', '2', '3']);
  });

  it('returns the most confident wrong classes in a task of several classes', () => {
    const three = parseLabelTask('normal+af+aflt');
    const [wrong] = of(
      [scored('a', 0, 0, 0.1, 0.2, 0.7), scored('b', 0, 2, 0.1, 0.8, 0.1), scored('c', 0, 0, 1, 0, 0)],
      three,
    );
    expect(wrong!.windows.map(({ patientId }) => patientId)).toEqual(['b', 'a']);
  });
});

describe('mistakeFigures', () => {
  const window = scored('7', 30, 1, 0.12);
  const means = meanOverRuns([{ pair: 2, windows: [window] }]);
  const meansOf = new Map([
    ['real', meanOverRuns([{ pair: 2, windows: [scored('7', 30, 1, 0.4)] }])],
    ['syn-real', means],
  ] as const);
  const ecg = windowOf({
    signal: Float32Array.from({ length: 1000 }, (_, at) => Math.sin(at / 20)),
    record: 'r7',
    patient: '7',
    startS: 30,
    classes: ['af'],
    leads: ['MLII'],
  });
  const test = { task, meansOf, find: () => ecg, fsHz: 100 };

  it('draws the window and states its origin and the answer of each setting', () => {
    const markup = mistakeFigures([...means.values()], test);
    expect(markup).toContain(
      'Record r7, patient 7, from 30 s; labelled AF. Probability of AF: Real 0.40, Syn→Real 0.12.<',
    );
    // Two rows of five seconds at 25 mm/s, with space for the calibration pulse and the margins.
    expect(markup.match(/class="trace"/g)).toHaveLength(2);
    expect(markup).toContain('width="145mm"');
    expect(markup).toContain('Record r7, lead MLII, 10 s at 100 Hz, 25 mm/s  10 mm/mV');
  });

  it('states that a window is not available', () => {
    const markup = mistakeFigures([...means.values()], { ...test, find: () => undefined });
    expect(markup).not.toContain('<svg');
    expect(markup).toContain('The window is not available to be drawn.');
  });
});
