// Pre-training on classes of the simulator, and fine-tuning on labels that it lacks.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig, type TrainConfigInput } from '#lib/run/config.js';
import { continuedWeights } from '#lib/run/continued-weights.js';
import { onePatientNotes } from '#lib/run/judge.js';
import { type RunEvent, trainRun } from '#lib/run/train-run.js';
import type { WindowSet } from '#lib/signal/window.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { registerTinyArch, windowSet } from '../helpers/tiny-arch.js';

const config: TrainConfigInput = {
  ...{ task: 'JUNC:SR', pretrain: 'normal+af+pvc', setting: 'syn-real', arch: 'tiny' },
  ...{ fsHz: 100, seconds: 4, seed: 5, batch: 8, epochs: 2, syntheticCount: 30, validateEvery: 1 },
};

let data: WindowSet;
beforeAll(async () => {
  registerTinyArch();
  // Flutter plays the rhythm that the simulator lacks.
  const set = await windowSet({ task: 'aflt', positive: 5, negative: 6 });
  const windows = set.windows.map((window) => ({
    ...window,
    classes: [],
    labels: [window.classes.includes('aflt') ? 'JUNC' : 'SR'],
  }));
  data = { ...set, windows };
});

describe('a run with `pretrain`', () => {
  it('learns the classes of the simulator first, then the labels of the user with a new last layer', async () => {
    const out = await temporaryFolder();
    const phases: RunEvent[] = [];
    const onEvent = (event: RunEvent) => void (event.kind === 'phase' && phases.push(event));
    const { labels, config: stored, test } = await trainRun(config, { out, data, onEvent });
    expect(phases).toMatchObject([
      { phase: 'pretrain', labelCounts: [10, 10, 10] },
      { phase: 'finetune', labelCounts: [12, 9] },
    ]);
    expect([labels, stored.pretrain, test.on]).toEqual([['SR', 'JUNC'], 'normal+af+pvc', 'real']);
  });

  it.each(['pretrain', 'finetune'])('is resumed from its phase %s to the same model', async (phase) => {
    const [whole, broken] = [await temporaryFolder(), await temporaryFolder()];
    await trainRun(config, { out: whole, data });
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => {
      if (event.kind === 'step' && event.phase === phase && event.epoch === 1)
        abort.abort(new Error('enough'));
    };
    const stopped = trainRun(config, { out: broken, data, signal: abort.signal, onEvent });
    await expect(stopped).rejects.toThrow('enough');
    const other = trainRun({ ...config, pretrain: 'normal+af+aflt' }, { out: broken, data, resume: true });
    expect(await errorOf(other)).toMatch(
      /ERR_CHECKPOINT.*pretrain "normal\+af\+pvc", not "normal\+af\+aflt"/,
    );
    await trainRun(config, { out: broken, data, resume: true });
    const [one, two] = await Promise.all(
      [whole, broken].map((folder) => readFile(join(folder, 'model.onnx'))),
    );
    expect(one!.equals(two!)).toBe(true);
  });

  it('is refused in other settings, and where the simulator lacks a class of it', async () => {
    const refused = (change: Partial<TrainConfigInput>) =>
      errorOf(() => parseConfig({ ...config, arch: 'lstm', ...change }));
    expect(await refused({ setting: 'real' })).toMatch(/ERR_OPTION.*the `setting` is real; choose syn-real/);
    expect(await refused({ preset: 'paper', pretrain: 'normal+af+lvh' })).toMatch(
      /ERR_OPTION.*"normal\+af\+lvh" asks for lvh; choose the setting real, or the `preset` physiological/,
    );
    expect(await refused({ pretrain: undefined })).toMatch(
      /ERR_OPTION.*"JUNC:SR" asks for JUNC; choose the setting real, or learn classes of the simulator first \(`pretrain`/,
    );
  });
});

describe('a run whose labels are spelled otherwise', () => {
  it('makes synthetic records of the classes that the labels mean, as the map says', () => {
    const given = { ...config, arch: 'lstm', pretrain: undefined };
    expect(parseConfig({ ...given, task: 'AF:SR' })).not.toHaveProperty('labelMap');
    const { labelMap } = parseConfig({ ...given, task: 'X:SR', labelMap: { X: 'pvc' } });
    expect(labelMap).toEqual({ X: 'pvc' });
  });

  it('refuses a map to a word that is not a class', async () => {
    const given = { ...config, arch: 'lstm', labelMap: { X: 'unheard' } };
    expect(await errorOf(() => parseConfig(given))).toMatch(
      /ERR_OPTION.*"X" as "unheard", which is not a class/,
    );
  });
});

describe('continuedWeights', () => {
  const best = new Map(
    ['conv.weight', 'head.linear1.bias', 'head.linear2.weight', 'head.linear2.bias'].map((name) => [
      name,
      new Float32Array(1),
    ]),
  );
  const phase = { training: null as never, validation: null as never };
  const kept = (task: string, pretrain: string, labelMap = {}) => [
    ...continuedWeights(
      best,
      { task, labelMap },
      { ...phase, name: 'pretrain', task: pretrain },
      { ...phase, name: 'finetune' },
    ).keys(),
  ];

  it('keeps the last layer only if both phases learn the same classes in the same order', () => {
    expect(kept('af', 'af')).toEqual([...best.keys()]);
    expect(kept('AF:SR', 'af')).toEqual([...best.keys()]);
    for (const [task, pretrain] of [
      ...[
        ['JUNC:SR', 'af'],
        ['normal:af', 'af'],
        ['af', 'normal+af+pvc'],
      ],
    ] as const) {
      expect(kept(task!, pretrain!)).toEqual(['conv.weight', 'head.linear1.bias']);
    }
    expect(kept('AF:SR', 'af', { SR: 'SR' })).toEqual(['conv.weight', 'head.linear1.bias']);
  });
});

describe('onePatientNotes', () => {
  it('names each label whose test windows are all of one patient', () => {
    const tested = [
      ...[
        { label: 0, patientId: 'a' },
        { label: 0, patientId: 'b' },
        { label: 1, patientId: 'c' },
      ],
      ...[
        { label: 1, patientId: 'c' },
        { label: 2, patientId: 'd' },
      ],
    ];
    expect(onePatientNotes(tested, ['normal', 'af', 'pvc', 'wpw'])).toEqual([
      expect.stringMatching(/^all 2 test windows of af are of one patient \(c\);/),
      expect.stringMatching(/^the only test window of pvc is of one patient \(d\);/),
    ]);
  });
});
