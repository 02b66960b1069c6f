// The check of a job, the names of parts, and the folders that a part may use.

import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { withoutPassword } from '#lib/queue/bullmq-store.js';
import { type EvaluateWork, evaluateParts } from '#lib/queue/evaluate-parts.js';
import { experimentParts } from '#lib/queue/experiment-parts.js';
import { openJobStore } from '#lib/queue/open-store.js';
import { isGathering, parsePart, partNames, partNamesOf, workName } from '#lib/queue/part.js';
import { partsPerHour } from '#lib/queue/rate.js';
import { expectInRoots } from '#lib/queue/roots.js';
import { runPart } from '#lib/queue/run-part.js';
import { synthParts } from '#lib/queue/synth-parts.js';
import { hashesOf } from '../helpers/files.js';
import { temporaryFolder } from '../helpers/folder.js';

const request = { format: 'npy', count: 40, classes: { normal: 1, af: 1 }, seconds: 2, fsHz: 100 } as const;

describe('the name of a work', () => {
  it.each([1, 12])('tells the names of its %i parts', async (parts) => {
    const all = await synthParts({ request: { ...request, parts }, out: 'a' });
    const name = workName(all);
    expect(name).toMatch(new RegExp(`^synth-[0-9a-f]{16}-of-${parts}$`));
    expect(partNamesOf(name)).toEqual(all.map((part) => part.name));
    expect(workName(all.slice(-1))).toBe(name);
  });

  it('is not any text', () => {
    const stem = 'synth-0123456789abcdef';
    for (const text of ['', stem, `${stem}-1`, `${stem}-of-0`, `${stem}-of-100001`, `../${stem}-of-1`]) {
      expect(partNamesOf(text), text).toBeUndefined();
    }
    expect(() => workName([])).toThrow(/parts is empty/);
  });
});

describe('the parts of an evaluation', () => {
  it.each([
    [{ dumpInputs: 'x' }, 'has no option "dumpInputs"'],
    [{ parts: 0 }, 'parts must be'],
    [{ format: 'xml' }, 'format must be'],
  ])('have known options only: %j', async (change, message) => {
    const work = { modelPath: 'model.onnx', data: 'synth:records.json', out: 'p', parts: 2 };
    expect((await evaluateParts(work)).map(({ parts }) => parts)).toEqual([2, 2]);
    const wrong = { ...work, ...change } as EvaluateWork;
    await expect(evaluateParts(wrong)).rejects.toThrow(message);
  });
});

describe('parts', () => {
  it('have names that follow from the request and the folder', async () => {
    const parts = await synthParts({ request: { ...request, parts: 12 }, out: 'a' });
    expect(parts).toHaveLength(12);
    expect(parts[0]!.name).toMatch(/^synth-[0-9a-f]{16}-01$/);
    expect(await synthParts({ request: { ...request, parts: 12 }, out: 'a' })).toEqual(parts);
    const others = [
      await synthParts({ request: { ...request, parts: 12, seed: 1 }, out: 'a' }),
      await synthParts({ request: { ...request, parts: 12 }, out: 'b' }),
      await synthParts({ request: { ...request, parts: 12, classes: { af: 1, normal: 1 } }, out: 'a' }),
    ];
    for (const other of others) expect(other[0]!.name).not.toBe(parts[0]!.name);
    for (const part of parts) expect(parsePart(JSON.parse(JSON.stringify(part)))).toEqual(part);
  });

  it('are as many as the shards, if no number is given', async () => {
    expect(await synthParts({ request, out: 'a' })).toHaveLength(1);
  });

  it('make the corpus of one process, also when one of them runs twice', async () => {
    const folder = await temporaryFolder();
    const [out, whole] = [join(folder, 'parts'), join(folder, 'whole')];
    const parts = await synthParts({ request: { ...request, parts: 3 }, out });
    const roots = [folder];
    const results = [];
    for (const at of [2, 0, 0, 1, 2]) results.push(await runPart(parts[at]!, { roots }));
    expect(results.map(({ complete }) => complete)).toEqual([false, false, false, true, true]);
    for (let part = 1; part <= 3; part++) await writeCorpus(whole, { ...request, parts: 3 }, { part });
    expect(await hashesOf(out)).toEqual(await hashesOf(whole));
  });

  it('of an experiment wait for the searches and runs that they start from', async () => {
    const folder = await temporaryFolder();
    const records = join(folder, 'records');
    await writeCorpus(records, { ...request, count: 60, seconds: 4, seed: 1 });
    const config = {
      ...{ data: `corpus:${records}`, tasks: 'af', archs: 'lstm', fsHz: 100, seconds: 4, runs: 2 },
      ...{ batch: 8, search: { trials: 1 } },
    };
    const parts = await experimentParts({ config, out: join(folder, 'experiment') });
    const steps = new Map(parts.map((part) => [part.name, part.kind === 'experiment' ? part.step : '']));
    const needs = Object.fromEntries(
      parts.map((part) => [steps.get(part.name), part.after.map((name) => steps.get(name))]),
    );
    expect(needs['search/af/lstm/syn-real']).toEqual(['search/af/lstm/syn']);
    expect(needs['runs/af/lstm/real/all/pair-3']).toEqual(['search/af/lstm/real']);
    expect(needs['runs/af/lstm/syn-real/all/pair-2']).toEqual([
      'search/af/lstm/syn-real',
      'runs/af/lstm/syn/all/pair-2',
    ]);
    expect(needs.table).toHaveLength(9);
    expect(parts.map(isGathering).indexOf(true)).toBe(9);
    const early = parts.find(
      (part) => part.kind === 'experiment' && part.step.includes('syn-real/all/pair-2'),
    );
    await expect(runPart(early!, { roots: [folder] })).rejects.toThrow(/is not finished/);
    await expect(runPart(parts[0]!, { roots: [join(folder, 'experiment')] })).rejects.toThrow(/--root/);
  });
});

describe('the check of a job', () => {
  const part = {
    ...{ kind: 'synth', name: partNames('synth', 1, 1)[0], part: 1, parts: 1, out: '/data/x' },
    request: { format: 'npy', count: 4 },
  };

  it.each([
    ['null', null],
    ['a text', 'rm -rf /'],
    ['another program', { cmd: 'ls', args: ['/'] }],
    ['another kind', { ...part, pqrst: '0', kind: 'shell' }],
    ['more entries', { ...part, pqrst: '0', extra: 1 }],
    ['a name with a path', { ...part, pqrst: '0', name: '../../x' }],
    ['part 9 of 2', { ...part, pqrst: '0', part: 9, parts: 2 }],
    ['a very long text', { ...part, pqrst: 'x'.repeat(5_000_000) }],
  ])('refuses %s with a sentence', (_, job) => {
    expect(() => parsePart(job)).toThrow(PqrstError);
    expect(() => parsePart(job)).toThrow(/is not a part of pqrst: .*; submit the work again/s);
  });

  it('refuses a part of another version', () => {
    expect(() => parsePart({ ...part, pqrst: '0.0.1' })).toThrow(/submitted by pqrst 0\.0\.1/);
  });

  it('refuses a request that is not valid when the part runs', async () => {
    const folder = await temporaryFolder();
    const [sound] = await synthParts({ request, out: join(folder, 'wrong') });
    const wrong = { ...sound!, request: { format: 'npy', count: -1 } } as typeof sound & object;
    await expect(runPart(wrong, { roots: [folder] })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });
});

describe('the folders of a worker', () => {
  it('refuse paths outside, also through links', async () => {
    const folder = await temporaryFolder();
    const root = join(folder, 'root');
    await mkdir(root, { recursive: true });
    await symlink('/etc', join(root, 'link'));
    await expectInRoots(join(root, 'corpus', 'x'), ['/nowhere', root]);
    for (const path of ['/etc/passwd', join(root, '..', 'y'), join(root, 'link', 'passwd')]) {
      await expect(expectInRoots(path, [root])).rejects.toMatchObject({ code: 'ERR_PATH_OUTSIDE' });
    }
  });
});

describe('the address and the rate of a queue', () => {
  it('has no password in messages', () => {
    expect(withoutPassword('redis://me:secret@host:6379/0')).toBe('redis://host:6379/0');
    expect(withoutPassword('postgres://me@host/db')).toBe('postgres://host/db');
  });

  it('is of a known kind', async () => {
    await expect(openJobStore('amqp://host')).rejects.toThrow(/a queue is a folder, redis:\/\//);
    await expect(openJobStore('')).rejects.toThrow(/name a folder/);
  });

  it('counts the parts of the last hour', () => {
    const nowMs = 10_000_000;
    expect(partsPerHour([], nowMs)).toBe(0);
    expect(partsPerHour([nowMs], nowMs)).toBe(0);
    expect(partsPerHour([1, nowMs - 180_000, nowMs - 120_000, nowMs - 60_000], nowMs)).toBe(60);
  });
});
