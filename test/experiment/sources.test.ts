// Experiments with a generator, added records and shares of the real ones. The generator is too small to learn.

import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeCorpus } from '#lib/corpus/write.js';
import { type ExperimentConfigInput, parseExperimentConfig } from '#lib/experiment/config.js';
import type { ExperimentEvent } from '#lib/experiment/events.js';
import { runExperiment } from '#lib/experiment/experiment.js';
import { refuseAddedCorpora } from '#lib/experiment/overlap.js';
import { Sources } from '#lib/experiment/sources.js';
import { trainGenerator } from '#lib/generators/train-generator.js';
import { parseConfig } from '#lib/run/config.js';
import { simulatorOf } from '#lib/run/sides.js';
import { spawnCli } from '../cli/run-cli.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { sharedFolder } from '../helpers/shared-folder.js';

const cpu = { device: 'cpu', threads: 1 } as const;
const tiny = {
  ...{ tasks: 'af', archs: ['lstm'], fsHz: 50, seconds: 2, runs: 1, batch: 8, epochs: 2, validateEvery: 1 },
  archOptions: { lstm: { chunkSamples: 50, layers: 1, units: 16 } },
  ...{ syntheticCount: 16, search: { trials: 0 }, seed: 5 },
} satisfies Omit<ExperimentConfigInput, 'data'>;
const learning = {
  kind: 'diffwave',
  ...{ task: 'af', fsHz: 50, seconds: 2, batch: 8, steps: 2, stepsPerValidation: 2 },
  options: { blocks: 5, cycle: 5, channels: 8 },
} as const;

const home = sharedFolder();
let config: ExperimentConfigInput;
let folder: string;
let generator: string;
let out: string;
beforeAll(async () => {
  folder = await home();
  const data = await ownRecords(join(folder, 'records'));
  generator = join(folder, 'learnt');
  await trainGenerator({ ...learning, seed: 5 }, { out: generator, data, ...cpu });
  config = {
    ...{ ...tiny, data, settings: ['real', 'syn', 'syn-real', 'real+syn', 'real+real'] },
    ...{ sources: [`generator:${generator}`, `both:${generator}`], ratios: [0.5, 2], shares: [25, 100] },
  };
  out = join(folder, 'undisturbed');
  await runExperiment(config, { out, ...cpu });
}, 300_000);
const bytesOf = (at: string) => readFile(join(at, 'results.parquet'));

describe('an experiment with a generator', () => {
  it('has a cell per source, ratio and share, and states them in results.parquet', async () => {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(out, 'results.parquet')) });
    const named = (source: string | null) => source?.replace(generator, 'DIR') ?? null;
    const cells = rows.map(({ setting, source, ratio, share }) => [setting, named(source), ratio, share]);
    const [one, both] = ['generator:DIR', 'both:DIR'];
    expect(cells).toEqual([
      ['real', null, null, null],
      ...[one, both].map((source) => ['syn', source, null, null]),
      ...[one, both].map((source) => ['syn-real', source, null, null]),
      ...[one, both].flatMap((source) => [0.5, 2].map((ratio) => ['real+syn', source, ratio, null])),
      ...[0.5, 2].map((ratio) => ['real+real', null, ratio, null]),
      ['real', null, null, 25],
      ...[one, both].map((source) => ['syn-real', source, null, 25]),
    ]);
    for (const row of rows) {
      if (row.source === null) expect(row.generator).toBeNull();
      else expect(row.generator).toMatch(/^[0-9a-f]{64}$/);
    }
    const rowOf = (setting: string, given: object = {}) =>
      rows.find(
        (row) =>
          row.setting === setting && Object.entries(given).every(([name, value]) => row[name] === value),
      )!;
    const real = rowOf('real');
    // A share has a quarter of the windows of each label, and added windows do not count as real ones.
    const quarter = rowOf('syn-real', { share: 25 });
    expect(quarter.trainWindows).toBe(Math.round(real.trainWindows / 4));
    expect(quarter.trainPositives).toBe(Math.round(real.trainPositives / 4));
    expect(rowOf('real+syn').trainWindows).toBe(real.trainWindows);
    // Real+Syn and Real+Real have as many steps.
    for (const ratio of [0.5, 2]) {
      const steps = rowOf('real+real', { ratio }).steps;
      expect(rowOf('real+syn', { ratio }).steps).toBe(steps);
      expect(steps).toBeGreaterThan(real.steps);
    }
  });

  it('names the folders of the runs by source, ratio and share, and starts syn-real from the same source', async () => {
    const folders = await readdir(join(out, 'runs/af/lstm'));
    expect(folders.map((name) => name.replace(/-(generator|both)-.*$/, '-X')).sort()).toEqual(
      [
        ...['real', 'real+real-0.5', 'real+real-2'],
        ...['real+syn-0.5-X', 'real+syn-0.5-X', 'real+syn-2-X', 'real+syn-2-X'],
        ...['syn-X', 'syn-X', 'syn-real-X', 'syn-real-X'],
      ].sort(),
    );
    const both = folders.find((name) => name.startsWith('syn-real-both'))!;
    const run = join(out, 'runs/af/lstm', both, '25-percent/pair-2');
    const { origin } = JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8'));
    expect(origin).toMatchObject({
      share: 25,
      source: expect.stringMatching(/^simulator and diffwave [0-9a-f]{12} /),
    });
    expect(origin.from).toMatch(/^runs\/af\/lstm\/syn-both-.*\/all\/pair-2$/);
    const { config: trained } = JSON.parse(
      await readFile(join(out, 'runs/af/lstm/real+real-2/all/pair-2/metrics.json'), 'utf8'),
    );
    expect(trained).toMatchObject({ setting: 'real+real', ratio: 2 });
  });

  it('shows the tables and the figures of the sources, and no path of the machine', async () => {
    const tables = await readFile(join(out, 'tables.md'), 'utf8');
    expect(tables.match(/^## G\d\. .*$/gm)).toEqual([
      '## G1. The generators',
      '## G3. Real and added records: AF, held-back test',
      '## G4. Synthetic records alone: AF, held-back test',
      '## G5. Pre-training, then real records: AF, held-back test',
    ]);
    expect(tables).toMatch(/\| generator:learnt \| diffwave \| small \| \d+ \| \d+ normal, \d+ af \| 2 \|/);
    const report = await readFile(join(out, 'report.html'), 'utf8');
    expect(report).toContain('Score against the share of real records');
    expect(report).toContain(
      'The synthetic ECGs come from generator:learnt; a later section compares all sources.',
    );
    for (const text of [tables, report]) expect(text).not.toContain(folder);
  });

  it('gives the same bytes after it was stopped at a run and resumed', async () => {
    const again = join(await temporaryFolder(), 'stopped');
    for (const folderOf of [/\/syn-/, /\/real\+syn-2/]) {
      const stop = new AbortController();
      const reason = new Error('enough');
      const onEvent = (event: ExperimentEvent) => {
        if (event.kind === 'training' && folderOf.test(event.folder)) stop.abort(reason);
      };
      await expect(runExperiment(config, { out: again, signal: stop.signal, onEvent, ...cpu })).rejects.toBe(
        reason,
      );
    }
    const kinds = new Set<string>();
    await runExperiment(config, { out: again, onEvent: ({ kind }) => kinds.add(kind), ...cpu });
    expect([...kinds]).toContain('making');
    expect((await bytesOf(again)).equals(await bytesOf(out))).toBe(true);
  });

  it('computes added sources and shares, and keeps the finished runs', async () => {
    const again = join(await temporaryFolder(), 'grown');
    await cp(out, again, { recursive: true });
    const fresh: unknown[] = [];
    const sources = [`generator:${generator}`, `refined:${generator}`];
    await runExperiment(
      { ...config, settings: ['real', 'syn', 'syn-real'], ratios: undefined, sources, shares: [25, 50] },
      {
        out: again,
        ...cpu,
        onEvent: (event) => {
          if (event.kind !== 'run' || event.earlier) return;
          fresh.push([event.key.setting, event.key.source?.split(':')[0] ?? null, event.key.share]);
        },
      },
    );
    expect(fresh).toEqual(
      expect.arrayContaining([
        ['syn', 'refined', null],
        ...[null, 50, 25].map((share) => ['syn-real', 'refined', share]),
        ['real', null, 50],
        ['syn-real', 'generator', 50],
      ]),
    );
    expect(fresh).toHaveLength(6);
  });

  it('runs from the command line', async () => {
    const at = await temporaryFolder();
    const words = `--task af --arch lstm --settings real,real+syn --ratios 0.5 --shares 50 --runs 1 --trials 0`;
    const sizes = '--fs 50 --seconds 2 --epochs 1 --batch 8 --seed 5 --device cpu --threads 1';
    const { code, stdout, stderr } = await spawnCli([
      ...['experiment', ...words.split(' '), ...sizes.split(' ')],
      ...['--data', `${config.data}`, '--sources', `generator:${generator}`, '--out', join(at, 'out')],
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/af, lstm, held-back: F1 .* real, .* Real\+Syn × 0\.5 of generator:learnt: /);
    expect(stderr).toContain(', 50 %, pair 2: ');
  });
});

describe('an experiment refuses', () => {
  const refusal = (given: Partial<ExperimentConfigInput>, at = join(folder, 'refused')) =>
    errorOf(runExperiment({ ...config, ...given }, { out: at, ...cpu }));

  it('a folder that is not a generator, and a generator of other records or labels', async () => {
    expect(await refusal({ sources: `generator:${folder}` })).toMatch(/^ERR_NOT_FOUND: .*is not a generator/);
    expect(await refusal({ seconds: 1 })).toMatch(
      /^ERR_OPTION: the source diffwave .* makes 100 samples at 50 Hz, but the training takes 50/,
    );
    expect(await refusal({ filter: '1-20' })).toMatch(/^ERR_OPTION: .*records without a filter/);
    expect(await refusal({ tasks: 'pvc' })).toMatch(
      /^ERR_OPTION: the source diffwave .* makes normal, af, but/,
    );
    expect(await readdir(folder)).not.toContain('refused');
  });

  it('test patients whose records a generator learnt, on the held-back side and in outside sets', async () => {
    expect(await refusal({ seed: 6 })).toMatch(
      /^ERR_OPTION: the source diffwave .* learnt \d+ patients? of the \d+ on/,
    );
    const outside = await ownRecords(join(folder, 'outside'), { seed: 12 });
    expect(await refusal({ outside: [outside] })).toMatch(
      /^ERR_OPTION: the source diffwave .* learnt \d+ patients/,
    );
  });

  it('another generator in the folder of the first one', async () => {
    const at = await temporaryFolder();
    const place = join(at, 'generator');
    await cp(generator, place, { recursive: true });
    const one = {
      ...config,
      settings: ['real', 'real+syn'] as const,
      sources: `generator:${place}`,
      shares: [],
    };
    const plain = { ...one, ratios: [0.5] };
    await runExperiment(plain, { out: join(at, 'out'), ...cpu });
    await rm(place, { recursive: true });
    await trainGenerator({ ...learning, seed: 5, steps: 4 }, { out: place, data: `${config.data}`, ...cpu });
    expect(await errorOf(runExperiment(plain, { out: join(at, 'out'), ...cpu }))).toMatch(
      /^ERR_CHECKPOINT: the source generator:.* was diffwave .* when the experiment .* and is diffwave .* now; restore/,
    );
  });

  it('a corpus with a record that real+syn adds', async () => {
    const at = await temporaryFolder();
    const request = { format: 'npy', fsHz: 50, seconds: 2, count: 4, classes: { normal: 1, af: 1 } } as const;
    // The records of pair 2 are in block 1, and those of its second label behind those of the first.
    const first = 3 * 2 ** 20;
    await writeCorpus(join(at, 'one'), { ...request, seed: 5, start: first });
    await writeCorpus(join(at, 'half'), { ...request, seed: 5, start: first / 2 });
    const pairs = [0, 1].map(() => ({
      val: [],
      train: [0, 1].map((label) => ({ label, window: {} as never })),
    }));
    const tasks = [{ task: { name: 'af', labels: ['normal', 'af'] }, pairs }];
    const check = (source: string, corpus: string) => {
      const given = { ...tiny, data: `corpus:${at}/${corpus}`, settings: ['real', 'real+syn'] as const };
      return refuseAddedCorpora(parseExperimentConfig({ ...given, sources: source, ratios: [4] }), tasks);
    };
    await expect(check('simulator', 'one')).rejects.toThrow(`record ${first + 1} (af) of corpus:`);
    await expect(check('refined:x', 'one')).rejects.toThrow(/is also one of the synthetic records/);
    await expect(check('both:x', 'half')).rejects.toThrow(`record ${first / 2 + 1} (af)`);
    for (const [source, corpus] of [
      ['simulator', 'half'],
      ['both:x', 'one'],
      ['generator:x', 'one'],
    ] as const) {
      await expect(check(source, corpus)).resolves.toBeUndefined();
    }
  });
});

describe('both', () => {
  it('takes a record of each label from the simulator, then from the generator, whatever they call the labels', async () => {
    const named = join(folder, 'named');
    const settings = ['real', 'syn'] as const;
    await trainGenerator(
      { ...learning, task: 'AF:SR', labelMap: { SR: 'normal', AF: 'af' }, setting: 'syn' },
      { out: named, ...cpu },
    );
    const given = { ...tiny, data: 'npy:x', tasks: 'af:normal', settings, labelMap: { SR: 'normal' } };
    const of = (name: string) =>
      parseExperimentConfig({ ...given, tasks: 'AF:SR', sources: `${name}:${named}` });
    const sources = await Sources.open(of('both'), cpu);
    const alone = await Sources.open(of('generator'), cpu);
    const one = parseConfig({
      task: 'AF:SR',
      setting: 'syn',
      fsHz: 50,
      seconds: 2,
      labelMap: { SR: 'normal' },
    });
    const both = sources.of(`both:${named}`, one, 5)!;
    const made = alone.of(`generator:${named}`, one, 5)!;
    const { signals } = await both.batch({ labels: ['SR', 'AF'], start: 0, count: 4 });
    const simulated = await simulatorOf(one, 5).batch({ labels: ['normal', 'af'], start: 0, count: 2 });
    const learnt = await made.batch({ labels: ['SR', 'AF'], start: 0, count: 2 });
    expect(signals.slice(0, 200)).toEqual(simulated.signals);
    expect(signals.slice(200)).toEqual(learnt.signals);
    for (const opened of [sources, alone]) await opened.close();
  });
});
