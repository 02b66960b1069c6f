// Random search: median pruning, the draws of hyper-parameters, and resuming.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { drawChoice } from '#lib/experiment/hyper-parameters.js';
import {
  hasFoundNothing,
  isHopeless,
  Pruned,
  type SearchRequest,
  search,
  type Trial,
} from '#lib/experiment/search.js';
import { architectures, outlineNetwork, resolveArch } from '#lib/nn/models/index.js';
import type { CurvePoint } from '#lib/train/checkpoint.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const choice = { learningRate: 1e-3, shiftRate: 0.1, maskRate: 0.1, archOptions: {} };
const point = (valLoss: number, at: number): CurvePoint => ({
  phase: 'train',
  epoch: at + 1,
  step: at + 1,
  trainLoss: 1,
  valLoss,
  valF1: null,
  valAuprc: null,
  seconds: 0,
});

/** Makes trials with the given validation losses. `began` lists the trials that were trained. */
function trialsOf(losses: readonly (readonly number[])[]) {
  const began: number[] = [];
  const trainTrial: SearchRequest['trainTrial'] = async (_, folder, judge) => {
    const trial = Number(folder.slice(-3));
    began.push(trial);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'checkpoint.bin'), `${trial}`);
    const own = losses[trial - 1]!;
    if (own.length === 0) throw new PqrstError('ERR_DIVERGED', 'the loss became NaN');
    let low = Number.POSITIVE_INFINITY;
    const lowestLosses: number[] = [];
    for (const loss of own) {
      low = Math.min(low, loss);
      lowestLosses.push(low);
      judge([...lowestLosses]);
    }
    return own.map(point);
  };
  return { began, trainTrial };
}

const losses = [[0.9, 0.5], [0.8, 0.6], [], [0.7, 0.4], [0.6, 0.45], [2, 0.1], [0.5, 0.3], [0.65, 0.9]];

describe('search', () => {
  it('returns the trial with the lowest loss, prunes trials worse than the median, and keeps one checkpoint', async () => {
    const folder = await temporaryFolder();
    const { trainTrial } = trialsOf(losses);
    const finished: Trial[] = [];
    const result = await search({
      folder,
      trials: 8,
      draw: () => choice,
      trainTrial,
      onTrial: (t) => finished.push(t),
    });
    expect(finished.map(({ outcome }) => outcome)).toEqual([
      'done',
      'done',
      'diverged',
      'done',
      'done',
      'pruned',
      'done',
      'pruned',
    ]);
    expect(result?.best).toMatchObject({ trial: 7, valLoss: 0.3, lowestLosses: [0.5, 0.3] });
    expect((await readdir(folder)).sort()).toEqual(['trial-007', 'trials.json']);
  });

  it('resumes after the stored trials and gives the same result', async () => {
    const whole = await temporaryFolder();
    await search({
      folder: whole,
      trials: 8,
      draw: () => choice,
      ...trialsOf(losses),
      onTrial: () => undefined,
    });
    const folder = await temporaryFolder();
    const killed = trialsOf(losses);
    const stop = async (...[c, path, judge, deadline]: Parameters<SearchRequest['trainTrial']>) => {
      if (path.endsWith('005')) throw new Error('killed');
      return killed.trainTrial(c, path, judge, deadline);
    };
    const request = { folder, trials: 8, draw: () => choice, onTrial: () => undefined };
    await expect(search({ ...request, trainTrial: stop })).rejects.toThrow('killed');
    const after = trialsOf(losses);
    const best = (await search({ ...request, trainTrial: after.trainTrial }))?.best;
    expect(after.began).toEqual([5, 6, 7, 8]);
    expect(best?.trial).toBe(7);
    const again = trialsOf(losses);
    // An interruption right after the last trial leaves its folder.
    await mkdir(join(folder, 'trial-008'));
    await search({ ...request, trainTrial: again.trainTrial });
    expect(again.began).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['trial-007', 'trials.json']);
  });

  /** Judges the losses of each trial; the trial `endless` then trains until the deadline cuts it. */
  const cutIn = (endless: number): SearchRequest['trainTrial'] => {
    const { trainTrial } = trialsOf(losses);
    return async (choice, folder, judge, deadline) => {
      const curve = await trainTrial(choice, folder, judge, deadline);
      if (!folder.endsWith(`00${endless}`)) return curve;
      return new Promise((_, reject) => {
        deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
      });
    };
  };

  it('cuts the running trial when its minutes are over, and keeps what the trial has validated', async () => {
    const folder = await temporaryFolder();
    const finished: Trial[] = [];
    const request = { folder, trials: 8, minutes: 0.005, draw: () => choice };
    const onTrial = (trial: Trial) => void finished.push(trial);
    const found = await search({ ...request, trainTrial: cutIn(2), onTrial });
    expect(finished.map(({ outcome, valLoss }) => [outcome, valLoss])).toEqual([
      ['done', 0.5],
      ['cut', 0.6],
    ]);
    expect(found?.best.trial).toBe(1);
    const later = trialsOf(losses);
    expect((await search({ ...request, trainTrial: later.trainTrial, onTrial }))?.best.trial).toBe(1);
    expect(later.began).toEqual([]);
  });

  it('finds nothing if its minutes are over before the first validation', async () => {
    const folder = await temporaryFolder();
    const trainTrial: SearchRequest['trainTrial'] = async (_choice, path, _judge, deadline) => {
      await mkdir(path, { recursive: true });
      return new Promise((_, reject) => {
        deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
      });
    };
    const request = { folder, trials: 8, minutes: 0.002, draw: () => choice, trainTrial };
    const onTrial = () => expect.unreachable('it is not recorded');
    expect(await hasFoundNothing(folder)).toBe(false);
    expect(await search({ ...request, onTrial })).toBeUndefined();
    expect(await hasFoundNothing(folder)).toBe(true);
    expect(await readdir(folder)).toEqual(['trials.json']);
  });

  it('counts the time that an interrupted trial spent', async () => {
    const folder = await temporaryFolder();
    const request = { folder, trials: 1, minutes: 0.02, draw: () => choice };
    const interrupted = async () => {
      await setTimeout(300);
      throw new Error('interrupted');
    };
    const onTrial = () => undefined;
    await expect(search({ ...request, trainTrial: interrupted, onTrial })).rejects.toThrow('interrupted');
    const { trainTrial } = trialsOf(losses);
    const found = await search({ ...request, trainTrial, onTrial });
    expect(found?.best.seconds).toBeGreaterThan(0.29);
  });

  it('starts no trial after its minutes', async () => {
    const folder = await temporaryFolder();
    const { began, trainTrial } = trialsOf(losses);
    const found = await search({
      folder,
      trials: 8,
      minutes: 1e-9,
      draw: () => choice,
      trainTrial,
      onTrial: () => undefined,
    });
    expect({ began, best: found?.best.trial }).toEqual({ began: [1], best: 1 });
    // A finished search stays as it is, even if a later call requests more.
    const later = trialsOf(losses);
    const again = { folder, trials: 8, draw: () => choice, trainTrial: later.trainTrial };
    expect((await search({ ...again, onTrial: () => undefined }))?.best.trial).toBe(1);
    expect(later.began).toEqual([]);
  });

  it('throws ERR_DIVERGED if every trial diverged, and passes on other errors', async () => {
    const request = { trials: 2, draw: () => choice, onTrial: () => undefined };
    const lost = search({ ...request, folder: await temporaryFolder(), ...trialsOf([[], []]) });
    expect(await errorOf(lost)).toMatch(/^ERR_DIVERGED: all 2 trials/);
    const broken = { ...request, folder: await temporaryFolder() };
    const trainTrial = () => Promise.reject(new Error('disk'));
    await expect(search({ ...broken, trainTrial })).rejects.toThrow('disk');
  });

  it('refuses a damaged list of trials', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'trials.json'), '{"finished": true');
    const found = search({
      folder,
      trials: 1,
      draw: () => choice,
      ...trialsOf(losses),
      onTrial: () => undefined,
    });
    expect(await errorOf(found)).toMatch(/^ERR_CHECKPOINT: .*trials\.json is damaged \(.*\); delete it/);
  });
});

describe('pruning', () => {
  const earlier = [0.4, 0.5, 0.6, 0.7].map((loss, at): Trial => {
    return { trial: at + 1, choice, outcome: 'done', valLoss: loss, lowestLosses: [1, loss], seconds: 1 };
  });
  it('compares with the median at the same validation, after four trials', () => {
    expect(isHopeless([1, 0.56], earlier)).toBe(true);
    expect(isHopeless([1, 0.54], earlier)).toBe(false);
    expect(isHopeless([0.99], earlier)).toBe(false);
    expect(isHopeless([9, 9], earlier.slice(1))).toBe(false);
    expect(isHopeless([9, 9, 9], earlier)).toBe(false);
    expect(new Pruned('x')).toBeInstanceOf(Error);
  });
});

describe('drawChoice', () => {
  const request = { fixed: {}, leads: 1, lengthSamples: 1000, seed: 3, path: ['af', 'real'] };
  it.each(Object.keys(architectures))('draws a valid network of %s within the published ranges', (arch) => {
    const found = resolveArch(arch);
    const drawn = Array.from({ length: 12 }, (_, at) => drawChoice({ ...request, arch }, at + 1));
    for (const { learningRate, shiftRate, maskRate, archOptions } of drawn) {
      expect(learningRate).toBeGreaterThanOrEqual(5e-6);
      expect(learningRate).toBeLessThanOrEqual(5e-3);
      expect(shiftRate).toBeLessThan(0.75);
      expect(maskRate).toBeLessThan(0.5);
      outlineNetwork(found, archOptions, { lengthSamples: 1000 });
    }
    for (const name of Object.keys(found.hyperParameters)) {
      expect(new Set(drawn.map(({ archOptions }) => archOptions[name])).size, name).toBeGreaterThan(1);
    }
    expect(drawChoice({ ...request, arch }, 2)).toEqual(drawn[1]);
    expect(drawChoice({ ...request, arch, path: ['af', 'syn'] }, 2)).not.toEqual(drawn[1]);
  });

  it('keeps fixed hyper-parameters', () => {
    const { archOptions } = drawChoice({ ...request, arch: 'lstm', fixed: { layers: 3, units: 16 } }, 1);
    expect(archOptions).toMatchObject({ layers: 3, units: 16 });
  });
});
