// The examples run against a service.

import { Synthesizer } from 'pqrst/synth';
import { describe, expect, it } from 'vitest';
import { classify, infer } from '../examples/client.js';
import { fileFolder, fsHz, lengthSamples, seconds, smallModel, testService } from './helpers.js';

describe('examples/client.ts', () => {
  it('classifies a recording and windows', async () => {
    const { url } = await testService(await smallModel(await fileFolder()), { apiKeys: [] });
    const synth = new Synthesizer({ preset: 'paper', fsHz, seconds: 3 * seconds, seed: 1, unit: 'mV' });
    const { signals } = await synth.batch({ classes: ['af'], count: 1 });
    const json = JSON.stringify({ name: 'r1', fsHz, leads: ['II'], signals: [[...signals]] });
    const { recordings } = await classify(url, new TextEncoder().encode(json));
    expect(recordings[0]!.windows.map(({ startS }) => startS)).toEqual([0, 4, 8]);
    const windows = new Float32Array(2 * lengthSamples).map((_, n) => Math.sin(n / 5));
    const probabilities = await infer(url, 'af', windows, [2, 1, lengthSamples]);
    expect([...probabilities].every((one) => one > 0 && one < 1)).toBe(true);
    await expect(classify(url, new TextEncoder().encode('x,y\nz,z'))).rejects.toThrow(
      /^400: line 2 of the table/,
    );
  });
});
