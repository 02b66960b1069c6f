// What a synthesizer asks of the kernel for each model, and how it reads the answer. The function of the kernel that makes
// batches is replaced by a record of its requests; test/synth/synthesizer.test.ts runs the real one.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { KernelBatch, KernelSynthRequest } from '#lib/kernel/binding.js';
import { loadKernel } from '#lib/kernel/node.js';
import { classNames } from '#lib/signal/class-table.js';
import { base } from '#lib/synth/physiology/base.js';
import { presets } from '#lib/synth/presets.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const requests: KernelSynthRequest[] = [];
/** Each record has one beat at 1 s, and the rhythm of its spec; spec 0 changes to spec 1 at 2 s. */
const answer = ({ classes, count, annotate }: KernelSynthRequest): KernelBatch => {
  const rhythms = Array.from({ length: count }, (_, k) => {
    const own = classes[k % classes.length]!;
    return own === 0 ? [[0, 0] as const, [2, 1] as const] : [[0, own] as const];
  });
  const offsets = [0];
  for (const one of rhythms) offsets.push(offsets.at(-1)! + one.length);
  const beats = {
    offsets: Uint32Array.from({ length: count + 1 }, (_, k) => k),
    fiducialsS: Float64Array.from({ length: count * 9 }, (_, at) => (at % 9 === 4 ? 1 : Number.NaN)),
    types: new Uint8Array(count).fill('L'.charCodeAt(0)),
    rhythmOffsets: Uint32Array.from(offsets),
    rhythmTimesS: Float64Array.from(rhythms.flat(), ([timeS]) => timeS),
    rhythmClasses: Uint8Array.from(rhythms.flat(), ([, one]) => one),
  };
  return { samples: new Float32Array(0), beats: annotate ? beats : null };
};

const options = { fsHz: 100, seconds: 4, seed: 3 };

beforeEach(() => {
  requests.length = 0;
  vi.spyOn(loadKernel(), 'synth').mockImplementation(async (request) => {
    requests.push(request);
    return answer(request);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('asks the model of the paper by class codes', async () => {
  const synth = new Synthesizer({ ...options, preset: 'paper' });
  const { labels, classes } = await synth.batch({ classes: ['af', 'normal'], count: 3 });
  expect(requests[0]).toMatchObject({ model: 'paper', classes: Uint8Array.of(1, 0) });
  expect([...labels]).toEqual([1, 0, 1]);
  expect(classes.slice(0, 5)).toEqual(['normal', 'af', 'aflt', 'pvc', 'wpw']);
});

it('asks the physiological model by positions in a table of the requested classes', async () => {
  const synth = new Synthesizer({ ...options, preset: 'physiological' });
  const names = ['normal>af', 'clbbb', 'normal>af'];
  const { labels, classes, annotations } = await synth.batch({ classes: names, count: 4, annotations: true });
  const [{ model, spec, classes: asked }] = requests as [KernelSynthRequest];
  expect(model).toBe('physiological');
  expect([...asked]).toEqual([0, 1, 0]);
  expect(spec).toHaveLength(3 * base.size * 5);
  expect([...labels].map((label) => classes[label])).toEqual([
    'normal>af',
    'clbbb',
    'normal>af',
    'normal>af',
  ]);
  expect(labels[1]).toBe(classNames.indexOf('clbbb'));
  expect(
    annotations.record(0).rhythms.map(({ ecgClass, rhythm, sample }) => [ecgClass, rhythm, sample]),
  ).toEqual([
    ['normal', '(N', 0],
    ['clbbb', '(N', 200],
  ]);
  expect(annotations.record(1).beats.map(({ type, sample }) => [type, sample])).toEqual([['L', 100]]);
});

it('makes mixtures and own classes, and offers them to a training', async () => {
  const own = {
    ...{ name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB', parents: ['af'] },
    numbers: { 'rhythm.rrS': { law: 'uniform', min: 1, max: 1.4 } },
  } as const;
  const synth = new Synthesizer({ ...options, preset: 'physiological', ownClasses: [own] });
  const { labels, classes } = await synth.batch({ classes: ['af+pvc', 'slow-af'], count: 2 });
  expect([...labels]).toEqual([classNames.length, classNames.length + 1]);
  expect(classes.slice(classNames.length)).toEqual(['af+pvc', 'slow-af']);
  const source = synth.signalSource();
  expect(source.labels).toContain('slow-af');
  await source.batch({ labels: ['slow-af', 'normal'], start: 0, count: 2 });
  expect([...requests.at(-1)!.classes]).toEqual([0, 1]);
});

it('refuses an unknown class and a contradiction before it asks', async () => {
  const synth = new Synthesizer({ ...options, preset: 'physiological' });
  const refused = (name: string) => synth.batch({ classes: [name], count: 1 });
  await expect(refused('clbb')).rejects.toMatchObject({ code: 'ERR_UNKNOWN_CLASS' });
  await expect(refused('af+aflt')).rejects.toMatchObject({ code: 'ERR_SPEC' });
  expect(() => synth.stream({ classes: ['clbb' as string] })).toThrow(/did you mean "clbbb"/);
  expect(requests).toEqual([]);
});

it('accepts the spec of the physiological model as a preset, as a manifest contains it', async () => {
  const names = { classes: ['af'], count: 1 };
  await new Synthesizer({ ...options, preset: 'physiological' }).batch(names);
  const spec = JSON.parse(JSON.stringify(presets.physiological));
  await new Synthesizer({ ...options, preset: spec }).batch(names);
  expect(requests[1]!.spec).toEqual(requests[0]!.spec);
});
