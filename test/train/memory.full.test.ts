// The trainer does not leak memory: over 1,000 steps, the memory after a garbage collection stays constant. The limit
// is a twentieth of the growth if each step kept its feeds (128 KB of ECG) once. The first 1,000 steps are not measured,
// because memory still grows in them (the resident memory of an LSTM by 5 to 10 MB, and by 2 MB in the next 4,000 steps).

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { parseConfig } from '#lib/run/config.js';
import { openRunData } from '#lib/run/run-data.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { trainClassifier } from '../helpers/train-classifier.js';

const [steps, settled, every] = [2000, 1000, 25];
const [batch, lengthSamples, fsHz] = [32, 1000, 250];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const engine = onnxRuntimeEngine();
beforeAll(registerTinyArch);
afterAll(() => engine.close());

describe.each(['tiny', 'lstm'])('%s', (arch) => {
  it(`needs almost no more memory between step ${settled} and step ${steps}`, async () => {
    const seconds = lengthSamples / fsHz;
    const syntheticCount = batch * steps;
    const config = parseConfig({ task: 'af', setting: 'syn', arch, fsHz, seconds, batch, syntheticCount });
    const { phases } = await openRunData(config, undefined, {});
    const { training } = phases[0]!;
    const readings: { step: number; memory: NodeJS.MemoryUsage }[] = [];
    await trainClassifier({
      engine,
      threads: 1,
      training,
      validation: { ...training, batchesPerEpoch: 1 },
      plan: {
        ...{ arch, lengthSamples, phase: 'memory', batchSize: batch, seed: 1, learningRate: 1e-3 },
        ...{ weightDecay: 0.01, epochs: 1, validateEvery: 1, patience: 1 },
      },
      onEvent: (event) => {
        if (event.kind !== 'step' || event.step < settled || event.step % every !== 0) return;
        collectGarbage();
        readings.push({ step: event.step, memory: process.memoryUsage() });
      },
    });
    expect(readings).toHaveLength((steps - settled) / every + 1);
    const measured = steps - settled;
    const ifFeedsWereKept = 4 * batch * lengthSamples * measured;
    for (const part of ['rss', 'heapUsed', 'external'] as const) {
      const perStep = slope(readings.map(({ step, memory }) => [step, memory[part]]));
      expect(perStep * measured, `${part}, bytes in ${measured} steps`).toBeLessThan(ifFeedsWereKept / 20);
    }
  });
});

/** Returns the slope of the straight line through the points, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return products / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
