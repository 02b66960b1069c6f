import { describe, expect, it } from 'vitest';
import type { CellKey, ResultRow } from '#lib/experiment/results.js';
import { summarizeExperiment } from '#lib/experiment/summary.js';
import { heldBack } from '#lib/run/predictions.js';
import type { RunPredictions } from '#lib/score/predictions.js';
import { keyOf } from '../helpers/cell-keys.js';
import { simulate } from '../helpers/made-up-runs.js';
import { someDecisions } from '../helpers/some-decisions.js';

const counts = {
  trainWindows: 90,
  trainPositives: 30,
  trainPatients: 40,
  trainPositivePatients: 12,
  valWindows: 20,
  valPositives: 8,
  testWindows: 120,
  testPositives: 36,
  testPatients: 40,
  testPositivePatients: 12,
};

function rowsOf(key: CellKey, given: Partial<ResultRow> = {}): ResultRow[] {
  return [2, 3, 4, 5, 6].map((pair) => ({
    ...key,
    generator: null,
    ...{ pair, test: heldBack, seed: 1, ...counts, f1: 0.5, auprc: 0.5, auroc: 0.5, learningRate: 1e-3 },
    ...someDecisions(0.5),
    ...{
      shiftRate: 0.1,
      maskRate: 0.2,
      archOptions: '{}',
      bestEpoch: 5,
      epochs: 10,
      steps: 50,
      version: '1',
    },
    ...given,
  }));
}

const key = (arch: string, setting: CellKey['setting'], positives: number | null = null) =>
  keyOf('aflt', arch, setting, { positives });

/** The runs of Real and of Syn->Real by architecture; `better` is the gain in logits. */
const worlds = new Map(
  (
    [
      ['resnet18', 1.2],
      ['lstm', 0.1],
      ['s4', 0.6],
    ] as const
  ).map(([arch, better], at) => [arch as string, simulate(at, { better })]),
);
const answers = async ({ arch, setting }: CellKey): Promise<RunPredictions[]> =>
  worlds.get(arch)![setting === 'syn-real' ? 1 : 0]!;
const options = { seed: 1, split: 'patients', runs: 5, resamples: 200 } as const;
const both = (arch: string, positives: number | null = null, given: Partial<ResultRow> = {}) => [
  ...rowsOf(key(arch, 'real', positives), given),
  ...rowsOf(key(arch, 'syn-real', positives), given),
];

describe('summarizeExperiment', () => {
  it('has a cell for each task, architecture, setting, number of positives and test', async () => {
    const rows = [
      ...both('resnet18'),
      ...rowsOf(key('resnet18', 'syn'), { trainPatients: 0, trainPositivePatients: 0 }),
      ...both('resnet18', 10, { trainPositives: 10 }),
      ...both('resnet18', null, { test: 'ptb-xl:data' }),
    ];
    const requested: string[] = [];
    const summary = await summarizeExperiment(
      rows,
      async (one, test) => {
        requested.push(`${one.setting} ${one.positives} ${test}`);
        return answers(one);
      },
      options,
    );
    expect(summary.cells).toHaveLength(7);
    expect(requested).toHaveLength(7);
    expect(new Set(requested).size).toBe(7);
    expect(summary.cells[0]).toMatchObject({ ...key('resnet18', 'real'), test: heldBack, testWindows: 120 });
    expect(summary.cells[0]!.f1.runs).toHaveLength(5);
    expect(summary.comparisons.map(({ positives, test }) => [positives, test])).toEqual([
      [null, heldBack],
      [10, heldBack],
      [null, 'ptb-xl:data'],
    ]);
    expect(summary.gains.map(({ positives, test }) => [positives, test])).toEqual([
      [10, heldBack],
      [null, heldBack],
      [null, 'ptb-xl:data'],
    ]);
    expect(summary.warnings).toEqual([]);
  });

  it('compares each source, ratio and share with Real on the same real records', async () => {
    const other = { source: 'generator:g' };
    const share = { share: 10 };
    const keys = [
      ...[keyOf('aflt', 's4', 'real'), keyOf('aflt', 's4', 'real', share)],
      ...[{}, other].map((given) => keyOf('aflt', 's4', 'syn', given)),
      ...[{}, other, share].map((given) => keyOf('aflt', 's4', 'syn-real', given)),
      ...[0.5, 1].map((ratio) => keyOf('aflt', 's4', 'real+syn', { ratio })),
      keyOf('aflt', 's4', 'real+real', { ratio: 1 }),
    ];
    const better = worlds.get('s4')!;
    const { cells, comparisons, gains } = await summarizeExperiment(
      keys.flatMap((one) => rowsOf(one)),
      async ({ setting, source, ratio }) => {
        const isBetter = source === 'generator:g' || (setting === 'real+syn' && ratio === 1);
        return better[isBetter ? 1 : 0]!;
      },
      options,
    );
    expect(cells).toHaveLength(keys.length);
    const named = comparisons.map(({ setting, source, ratio, share, f1 }) => {
      return [setting, source, ratio, share, f1.difference > 0];
    });
    expect(named).toEqual([
      ['syn-real', 'simulator', null, null, false],
      ['syn-real', 'generator:g', null, null, true],
      ['real+syn', 'simulator', 0.5, null, false],
      ['real+syn', 'simulator', 1, null, true],
      ['real+real', null, 1, null, false],
      ['syn-real', 'simulator', null, 10, false],
    ]);
    expect(gains.map(({ source, percent }) => [source, percent > 0])).toEqual([
      ['simulator', false],
      ['generator:g', true],
    ]);
  });

  it('corrects each score over the comparisons of one test set', async () => {
    const rows = [...worlds.keys()].flatMap((arch) => [
      ...both(arch),
      ...(arch === 's4' ? both(arch, null, { test: 'out' }) : []),
    ]);
    const { comparisons } = await summarizeExperiment(rows, answers, options);
    const held = comparisons.filter(({ test }) => test === heldBack).map(({ f1 }) => f1);
    const smallest = held.reduce((a, b) => (b.p < a.p ? b : a));
    expect(smallest.pCorrected).toBeCloseTo(3 * smallest.p, 12);
    const largest = held.reduce((a, b) => (b.p > a.p ? b : a));
    expect(largest.pCorrected).toBeGreaterThanOrEqual(largest.p);
    const outside = comparisons.find(({ test }) => test === 'out')!;
    expect(outside.f1.pCorrected).toBe(outside.f1.p);
  });

  it('averages the gain over architectures; one architecture keeps its own interval', async () => {
    const three = await summarizeExperiment(
      [...worlds.keys()].flatMap((arch) => both(arch)),
      answers,
      options,
    );
    const percents = three.comparisons.map(({ f1 }) => f1.percent);
    const mean = percents.reduce((a, b) => a + b) / 3;
    const sd = Math.sqrt(percents.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2);
    expect(three.gains).toHaveLength(1);
    expect(three.gains[0]).toMatchObject({ archs: 3, positives: null });
    expect(three.gains[0]!.percent).toBeCloseTo(mean, 10);
    expect(three.gains[0]!.high - mean).toBeCloseTo((4.3027 * sd) / Math.sqrt(3), 3);
    const { gains, comparisons } = await summarizeExperiment(both('s4'), answers, options);
    const { percent, percentLow, percentHigh } = comparisons[0]!.f1;
    expect(gains).toEqual([
      {
        task: 'aflt',
        test: heldBack,
        source: 'simulator',
        positives: null,
        percent,
        low: percentLow,
        high: percentHigh,
        archs: 1,
      },
    ]);
  });

  it('excludes diverged runs and warns of them', async () => {
    const { cells, comparisons, warnings } = await summarizeExperiment(
      [...both('resnet18'), ...both('lstm')],
      async (one) => {
        if (one.arch === 'lstm' && one.setting === 'real') return [];
        return one.setting === 'real' ? (await answers(one)).slice(1) : answers(one);
      },
      options,
    );
    expect(comparisons.map(({ arch }) => arch)).toEqual(['resnet18']);
    expect(cells.find(({ arch, setting }) => arch === 'lstm' && setting === 'real')!.f1).toEqual({
      ...{ mean: NaN, sd: NaN, low: NaN, high: NaN, runs: [] },
    });
    expect(warnings).toEqual([
      'AFLT: some runs ended without a model (resnet18 Real 4 of 5; lstm Real 0 of 5).',
    ]);
  });

  it('warns in one sentence per task, test and kind of problem', async () => {
    const thin = { trainPositives: 6, trainPositivePatients: 1 };
    const rows = [
      ...['resnet18', 'lstm'].flatMap((arch) => both(arch, null, { testPositives: 8 })),
      ...['resnet18', 'lstm'].flatMap((arch) => both(arch, 6, { ...thin, testPositives: 8 })),
    ];
    const { warnings } = await summarizeExperiment(rows, answers, {
      ...options,
      split: 'random',
      runs: 6,
      recordingsAsPatients: ['cinc2017:/data/one'],
    });
    expect(warnings[0]).toContain('"random" puts windows of one patient on both sides');
    expect(warnings[1]).toMatch(/^In cinc2017:one each recording counts as one patient\. .*too narrow/);
    expect(warnings.slice(2, 5)).toEqual([
      'AFLT: training has few positives, or positives of one patient (6 positives of 1 patient limited to 6); its scores are only examples.',
      expect.stringMatching(/^AFLT: some runs ended without a model \(resnet18 Real 5 of 6; .*; 3 more\)\.$/),
      'AFLT, held-back test: the test has few positives, or positives of one patient (8 positives of 12 patients); single records change its scores.',
    ]);
    expect(warnings).toHaveLength(5);
  });

  it('names the scores without a p-value, or with a p-value that cannot become significant', async () => {
    // Only three patients have different predictions at 0.5, so F1 cannot become significant; all probabilities differ, so AUPRC can.
    const windowsOf = (setting: CellKey['setting']) =>
      Array.from({ length: 20 }, (_, at) => {
        const [label, isReal] = [Number(at < 8), setting === 'real'];
        const claimed = label === 1 && !(isReal && at < 3);
        const p = (claimed ? 0.6 : 0.2) + ((isReal ? at : 19 - at) % 10) / 50;
        return { recordName: `r${at}`, patientId: `p${at}`, startS: 0, label, probabilities: [1 - p, p] };
      });
    const answersOf = async ({ setting }: CellKey) =>
      [2, 3].map((pair) => ({ pair, windows: windowsOf(setting) }));
    const { warnings } = await summarizeExperiment(both('s4'), answersOf, { ...options, runs: 2 });
    expect(warnings.filter((one) => /p-value/.test(one))).toEqual([
      'AFLT, held-back test: too few patients have different predictions for the p-value of F1 to fall below 0.05 (s4 3 patients).',
    ]);
  });

  it('reports the number of finished cells, and rejects with the reason of an abort', async () => {
    const reported: string[] = [];
    const stop = new AbortController();
    const reason = new Error('enough');
    const stopped = summarizeExperiment([...both('lstm'), ...both('s4')], answers, {
      ...options,
      signal: stop.signal,
      onProgress: (done, total) => {
        reported.push(`${done} of ${total}`);
        if (done === 2) stop.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    expect(reported).toEqual(['1 of 4', '2 of 4']);
  });

  it('states why a comparison has no gain or no p-value', async () => {
    const silent = async (one: CellKey) =>
      (await answers(one)).map((run) => ({
        ...run,
        windows: run.windows.map((window) => ({ ...window, probabilities: [1, 0] })),
      }));
    const { warnings, gains } = await summarizeExperiment(both('lstm'), silent, options);
    expect(gains).toEqual([]);
    expect(warnings).toEqual([
      'AFLT, held-back test: the gain in percent is undefined because the F1 of Real is 0 or undefined (lstm).',
      'AFLT, held-back test: no p-value for F1 and AUPRC, both settings give the same answers (lstm).',
    ]);
  });
});
