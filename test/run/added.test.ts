// The windows that real+syn and real+real add to the real ones, and the trainings on them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCorpus } from '#lib/corpus/write.js';
import { addedCounts, addedRanges, addedWindows, repeatedWindows } from '#lib/run/added.js';
import { parseConfig, type TrainConfigInput } from '#lib/run/config.js';
import { simulatorOf } from '#lib/run/sides.js';
import { type RunEvent, trainRun } from '#lib/run/train-run.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { windowOf } from '../helpers/windows.js';

const given = {
  ...{ task: 'af', setting: 'real+syn', fsHz: 50, seconds: 2, arch: 'lstm', batch: 8, epochs: 1 },
  ...{ archOptions: { chunkSamples: 50, layers: 1, units: 16 }, validateEvery: 1, seed: 3 },
} satisfies TrainConfigInput;

/** Ten normal windows and four of AF. */
const train = Array.from({ length: 14 }, (_, at) => ({
  label: at < 10 ? 0 : 1,
  window: windowOf({
    signal: Float32Array.from({ length: 100 }, (_, t) => Math.sin(at + t)),
    record: `${at}`,
  }),
}));
const labelCounts = (windows: readonly { label: number }[]) =>
  [0, 1].map((label) => windows.filter((one) => one.label === label).length);

describe('added windows', () => {
  it('are of each label the ratio times the real ones, at least one', () => {
    expect([0.01, 0.25, 1, 2].map((ratio) => addedCounts(train, 2, ratio))).toEqual([
      [1, 1],
      [3, 1],
      [10, 4],
      [20, 8],
    ]);
  });

  it('are synthetic records of the simulator in real+syn, and a larger ratio takes those of a smaller one', async () => {
    const [half, whole] = await Promise.all(
      [0.5, 1].map((ratio) => addedWindows(parseConfig({ ...given, ratio }), train, {})),
    );
    expect([labelCounts(half!), labelCounts(whole!)]).toEqual([
      [5, 2],
      [10, 4],
    ]);
    const signals = (windows: typeof whole) => windows!.map(({ window }) => [...window.signal].join());
    expect(signals(whole)).toEqual(expect.arrayContaining(signals(half)));
    expect(new Set(signals(whole)).size).toBe(14);
    // Record 2^20 is the first of the second label.
    const config = parseConfig(given);
    const { signals: af } = await simulatorOf(config, config.seed).batch({
      labels: ['af'],
      start: 2 ** 20,
      count: 1,
    });
    expect(whole![10]!.window.signal).toEqual(af);
    expect(whole![10]!.window).toMatchObject({ unit: 'sd', leads: ['II'], origin: { dataset: 'synthetic' } });
  });

  it('have ranges that do not overlap between blocks and labels', () => {
    const ranges = [0, 1].flatMap((block) => addedRanges([['normal'], ['af']], [5, 2], block));
    expect(ranges.map(({ first }) => first / 2 ** 20)).toEqual([0, 1, 2, 3]);
  });

  it('are the real windows again in real+real, each as often as the others but for a part', async () => {
    const names = (ratio: number) =>
      repeatedWindows(train, addedCounts(train, 2, ratio), 1).map(({ window }) => window.origin.record);
    expect([...names(1)].sort()).toEqual(train.map(({ window }) => window.origin.record).sort());
    expect(names(1)).toEqual(expect.arrayContaining(names(0.5)));
    expect(new Set(names(0.5)).size).toBe(7);
    const counts = new Map<string, number>();
    for (const name of names(1.5)) counts.set(name, (counts.get(name) ?? 0) + 1);
    expect([...counts.values()].sort()).toEqual([...Array(7).fill(1), ...Array(7).fill(2)]);
    expect(await addedWindows(parseConfig({ ...given, setting: 'real' }), train, {})).toEqual([]);
  });
});

describe('the configuration', () => {
  it('has a ratio only where records are added', () => {
    expect(parseConfig(given).ratio).toBe(1);
    expect(parseConfig({ ...given, setting: 'real+real', ratio: 2 }).ratio).toBe(2);
    expect(parseConfig({ ...given, setting: 'syn' })).not.toHaveProperty('ratio');
    expect(parseConfig({ ...given, setting: 'real+real', task: 'LVH:NORM', preset: 'paper' }).task).toBe(
      'LVH:NORM',
    );
  });

  it.each([
    [{ setting: 'syn-real', ratio: 1 }, /^ERR_OPTION: `ratio` .* but the `setting` is syn-real; choose/],
    [{ ratio: 0 }, /^ERR_RANGE: train: ratio must be/],
    [{ ratio: 101 }, /^ERR_RANGE: train: ratio must be/],
    [{ task: 'QWAVE:NORM' }, /^ERR_OPTION: the simulator makes .*choose the setting real/],
    [{ pretrain: 'normal+af+pvc' }, /^ERR_OPTION: `pretrain` .*the `setting` is real\+syn/],
  ] as const)('refuses %j', async (change, sentence) => {
    expect(await errorOf(() => parseConfig({ ...given, ...change } as TrainConfigInput))).toMatch(sentence);
  });
});

describe('a training', () => {
  it('takes as many steps in real+syn and real+real, and tests on real records', async () => {
    const folder = await temporaryFolder();
    const data = await ownRecords(join(folder, 'records'));
    const steps: number[] = [];
    for (const setting of ['real', 'real+syn', 'real+real'] as const) {
      const out = join(folder, setting);
      const events: RunEvent[] = [];
      const config = { ...given, setting, ...(setting !== 'real' && { ratio: 2 }) };
      const { phases, split, test } = await trainRun(config, {
        out,
        data,
        onEvent: (event) => events.push(event),
      });
      steps.push(phases[0]!.steps);
      const made = events.filter(({ kind }) => kind === 'making').at(-1);
      const real = split!.train.windows;
      expect(made).toEqual(
        setting === 'real+syn' ? { kind: 'making', done: 2 * real, total: 2 * real } : undefined,
      );
      const records = setting === 'real' ? real : 3 * real;
      expect(events.find(({ kind }) => kind === 'phase')).toMatchObject({ phase: 'train', records });
      expect(test.on).toBe('real');
      const { config: stored } = JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8'));
      expect(stored.ratio).toBe(setting === 'real' ? undefined : 2);
    }
    expect(steps[1]).toBe(steps[2]);
    expect(steps[1]).toBeGreaterThan(steps[0]!);
  });

  it('refuses a corpus that holds an added record', async () => {
    const folder = await temporaryFolder();
    const request = {
      format: 'npy',
      fsHz: 50,
      seconds: 2,
      count: 40,
      classes: { normal: 1, af: 1 },
    } as const;
    await writeCorpus(join(folder, 'same'), { ...request, seed: 3, start: 2 ** 20 });
    const out = join(folder, 'out');
    expect(await errorOf(trainRun(given, { out, data: `corpus:${folder}/same` }))).toMatch(
      /^ERR_OPTION: record 1048577 \(af\) of corpus:.*is also one of the synthetic records 1048576-/,
    );
    await writeCorpus(join(folder, 'other'), { ...request, seed: 4, start: 2 ** 20 });
    expect((await trainRun(given, { out, data: `corpus:${folder}/other` })).config.ratio).toBe(1);
  });
});
