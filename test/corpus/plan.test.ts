// Derives plans from requests: class patterns, ranges of splits and replicas, shards and parts.

import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { manifestOf, planOf } from '#lib/corpus/manifest.js';
import { classPattern, countClasses } from '#lib/corpus/pattern.js';
import { type CorpusRequest, planCorpus } from '#lib/corpus/plan.js';
import { countShards, evenShardRecords, listShards, shardsOfPart } from '#lib/corpus/shards.js';
import { classNames } from '#lib/signal/class-table.js';
import { isPhysiological } from '#lib/synth/presets.js';
import { isLearned } from '../../src/corpus/learned.js';
import { errorOf } from '../helpers/folder.js';

const small = (more: Partial<CorpusRequest> = {}): CorpusRequest => ({ format: 'npy', count: 100, ...more });

describe('classPattern', () => {
  it('alternates classes of equal weight in the given order', () => {
    expect(classPattern({ normal: 2, af: 2, pvc: 2 })).toEqual(['normal', 'af', 'pvc']);
    expect(classPattern({ af: 0.5, normal: 0.5 })).toEqual(['af', 'normal']);
  });

  it('mixes unequal weights evenly, for whole numbers and for fractions', () => {
    expect(classPattern({ normal: 3, af: 1 }).join()).toBe('normal,normal,af,normal');
    expect(classPattern({ normal: 0.75, af: 0.25 })).toEqual(classPattern({ normal: 3, af: 1 }));
    const pattern = classPattern({ normal: 70, af: 20, wpw: 10.5 });
    expect(pattern).toHaveLength(201);
    for (let end = 1; end <= pattern.length; end++) {
      const normal = pattern.slice(0, end).filter((name) => name === 'normal').length;
      expect(Math.abs(normal - (end * 140) / 201)).toBeLessThan(1.5);
    }
  });

  it('refuses weights that need a pattern longer than 65536, and a weight of 0', async () => {
    expect(await errorOf(() => classPattern({ normal: 1, af: 1e-7 }))).toMatch(/^ERR_RANGE.*65536.*round/);
    expect(await errorOf(() => classPattern({ normal: Math.PI, af: 1 }))).toMatch(/^ERR_RANGE/);
    expect(await errorOf(() => classPattern({ normal: 1, af: 0 }))).toMatch(/^ERR_RANGE.*"normal:1,af:0"/);
  });

  it('has the counts that countClasses computes for any range', () => {
    const random = randomStream(1, 'counts');
    const pattern = classPattern({ normal: 5, af: 3, wpw: 1 });
    for (let trial = 0; trial < 50; trial++) {
      const [start, count] = [random.below(1000), 1 + random.below(1000)];
      const counted: Record<string, number> = {};
      for (let index = start; index < start + count; index++) {
        const name = pattern[index % pattern.length]!;
        counted[name] = (counted[name] ?? 0) + 1;
      }
      expect(countClasses(pattern, start, count)).toEqual(counted);
    }
  });
});

describe('planCorpus', () => {
  it('fills in the defaults', async () => {
    const { request, plan } = await planCorpus({ format: 'npy', count: 7 });
    expect(request).toMatchObject({
      seed: 0,
      start: 0,
      preset: 'physiological',
      unit: 'mV',
      fsHz: 250,
      type: 'float32',
      parts: 1,
    });
    expect(plan).toMatchObject({ classes: classNames, lengthSamples: 2500 });
    expect(plan.sets).toEqual([
      { folder: '', start: 0, count: 7, splits: [{ name: 'all', start: 0, count: 7 }] },
    ]);
    expect((await planCorpus({ format: 'wfdb', count: 7 })).plan.type).toBe('int16');
    expect((await planCorpus({ format: 'ptb-xl', count: 7 })).plan.fsHz).toBe(500);
  });

  it('cuts splits at the rounded running sums of their shares', async () => {
    const { plan } = await planCorpus(
      small({ count: 103, start: 1000, split: { train: 0.8, val: 0.1, test: 0.1 } }),
    );
    expect(plan.sets.map(({ folder, start, count }) => [folder, start, count])).toEqual([
      ['train', 1000, 82],
      ['val', 1082, 11],
      ['test', 1093, 10],
    ]);
  });

  it('gives each replica its own range with its own splits', async () => {
    const { plan } = await planCorpus(small({ count: 10, replicas: 3, split: { train: 0.7, val: 0.3 } }));
    expect(plan.sets.map(({ folder, start, count }) => `${folder} ${start} ${count}`)).toEqual([
      'replica-1/train 0 7',
      'replica-1/val 7 3',
      'replica-2/train 10 7',
      'replica-2/val 17 3',
      'replica-3/train 20 7',
      'replica-3/val 27 3',
    ]);
  });

  it('keeps splits in one set if the tables of the format state them', async () => {
    const { plan } = await planCorpus(
      small({ format: 'ptb-xl', count: 10, split: { train: 0.7, val: 0.3 } }),
    );
    expect(plan.sets).toHaveLength(1);
    expect(plan.sets[0]!.splits.map(({ name, start, count }) => `${name} ${start} ${count}`)).toEqual([
      'train 0 7',
      'val 7 3',
    ]);
  });

  it.each<[string, Partial<CorpusRequest>, RegExp]>([
    [
      'shares that do not sum to 1',
      { split: { train: 0.8, val: 0.1 } },
      /^ERR_RANGE.*sum to 1.*"train:0.8,val:0.1" \(sum 0.9\)/,
    ],
    [
      'a split without records',
      { count: 10, split: { train: 0.99, val: 0.01 } },
      /^ERR_RANGE.*"val".*has no record/,
    ],
    ['a path as the name of a split', { split: { '../x': 1 } }, /^ERR_OPTION.*got "..\/x"/],
    [
      'more parts than records',
      { count: 10, parts: 11 },
      /^ERR_RANGE: 10 records cannot be divided into 11 parts/,
    ],
    [
      'an unknown format',
      { format: 'hdf5' as 'npy' },
      /^ERR_OPTION.*wfdb, edf, npy, parquet, ptb-xl, got "hdf5"/,
    ],
    ['a count of 0', { count: 0 }, /^ERR_RANGE.*whole number from 1 to 1000000000, got 0/],
    ['an unknown class', { classes: { sinus: 1 } }, /^ERR_UNKNOWN_CLASS/],
    ['a length of more than 24 hours', { seconds: 86401 }, /^ERR_RANGE.*24 hours/],
    ['an unknown preset', { preset: 'papre' }, /^ERR_UNKNOWN_PRESET/],
    ['an unknown option', { cuont: 1 } as object, /^ERR_OPTION.*did you mean "count"/],
  ])('refuses %s', async (_, more, sentence) => {
    expect(await errorOf(planCorpus(small(more)))).toMatch(sentence);
  });
});

describe('listShards', () => {
  it('covers every set once and in order, for any number of parts', async () => {
    const random = randomStream(2, 'shards');
    for (let trial = 0; trial < 100; trial++) {
      const request = small({
        count: 20 + random.below(3000),
        replicas: 1 + random.below(4),
        start: random.below(100),
        ...(random.below(2) === 0 ? { split: { a: 0.5, b: 0.3, c: 0.2 } } : {}),
      });
      const parts = 1 + (random.below(60) % request.count);
      const maxRecords = 1 + random.below(500);
      const { plan } = await planCorpus(request);
      const cut = { ...plan, shardRecords: evenShardRecords(plan.sets, maxRecords, parts) };
      expect(cut.shardRecords).toBeLessThanOrEqual(maxRecords);
      const shards = [...listShards(cut, 0, countShards(cut))];
      expect(shards.map(({ place }) => place)).toEqual(shards.map((_, at) => at));
      let next = request.start!;
      for (const shard of shards) {
        expect(shard.start).toBe(next);
        expect(shard.start).toBe(shard.set.start + shard.number * cut.shardRecords);
        next += shard.count;
      }
      expect(next).toBe(request.start! + request.count * request.replicas!);

      const sizes = Array.from({ length: parts }, (_, at) => shardsOfPart(cut, at + 1, parts)).map(
        ({ from, to }) => to - from,
      );
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(shards.length);
    }
  });
});

describe('planCorpus with the physiological model', () => {
  const own = {
    ...{ name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB', parents: ['af'] },
    numbers: { 'rhythm.rrS': { law: 'uniform', min: 1, max: 1.4 } },
  } as const;
  const plan = (more: Partial<CorpusRequest>) => planCorpus(small({ preset: 'physiological', ...more }));

  it('makes every shipped class by default', async () => {
    const { request } = await plan({});
    expect(Object.keys(request.classes)).toEqual(classNames);
  });

  it('takes mixtures, episodes and own classes, and keeps only the numbers that they need', async () => {
    const classes = { 'af+pvc': 1, 'normal>slow-af': 1 };
    const { plan: made, request } = await plan({ classes, ownClasses: [own] });
    expect(made.classes).toEqual(['af+pvc', 'normal>slow-af']);
    expect(request.ownClasses).toEqual([own]);
    const { spec } = made;
    if (isLearned(spec) || !isPhysiological(spec)) throw new Error('the spec is that of the paper');
    expect(Object.keys(spec.classes).sort()).toEqual(['af', 'normal', 'pvc', 'slow-af']);
  });

  it('writes a manifest from which the same plan follows, with the labels of its classes', async () => {
    const classes = { normal: 2, 'af+pvc': 1, 'slow-af': 1 };
    const { plan: made, request } = await plan({ classes, ownClasses: [own] });
    const manifest = JSON.parse(JSON.stringify(manifestOf('pqrst', request, made, [])));
    expect(manifest.labels).toEqual({
      normal: 0,
      'af+pvc': classNames.length,
      'slow-af': classNames.length + 1,
    });
    expect(manifest.counts).toEqual({ normal: 50, 'af+pvc': 25, 'slow-af': 25 });
    expect({ ...planOf(manifest), sets: made.sets }).toEqual(made);
  });

  it('states no labels for classes of the paper', async () => {
    const { plan: made, request } = await planCorpus(small({ preset: 'paper' }));
    expect(made.classes).toEqual(['normal', 'af', 'aflt', 'pvc', 'wpw']);
    expect(manifestOf('pqrst', request, made, [])).not.toHaveProperty('labels');
  });

  it.each([
    ['an unknown class', { classes: { clbb: 1 } }, /^ERR_UNKNOWN_CLASS.*did you mean "clbbb"/],
    ['a contradiction', { classes: { 'af+aflt': 1 } }, /^ERR_SPEC.*contradict/],
    ['a bad class', { ownClasses: [{ ...own, rhythm: 'AF' }] }, /^ERR_CLASS_FILE.*rhythm is "AF"/],
    ['own classes of the paper', { preset: 'paper', ownClasses: [own] }, /^ERR_OPTION.*physiological/],
  ])('refuses %s', async (_, more, sentence) => {
    expect(await errorOf(plan(more))).toMatch(sentence);
  });
});
