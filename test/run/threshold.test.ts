import { describe, expect, it } from 'vitest';
import { realBatches } from '#lib/batches/batches.js';
import { validationThreshold } from '#lib/run/threshold.js';
import { binary, toLogits } from '#lib/signal/outputs.js';
import { windowOf } from '../helpers/windows.js';

/** Returns batches of windows whose first sample is their probability in percent, above all other samples. */
function batchesOf(...pairs: [number, 0 | 1][]) {
  const windows = pairs.map(([percent, label], at) => ({
    window: windowOf({ signal: Float32Array.of(percent, 0), record: `r${at}`, classes: [] }),
    label,
  }));
  return realBatches(windows, 2, { batchSize: 2, seed: 0, scaling: 'none' });
}
const predict = async (signals: Float32Array) => {
  const probability = signals.filter((_, at) => at % 2 === 0).map((x) => x / 100);
  return { probability, logit: toLogits(probability, binary) };
};

describe('validationThreshold', () => {
  it('takes the threshold with the highest F1 of all batches', async () => {
    const validation = batchesOf([25, 0], [75, 1], [50, 1], [0, 0], [100, 1]);
    expect(await validationThreshold(predict, validation, 'real')).toEqual({
      ...{ value: 0.375, f1: 1, on: 'real', windows: 5, positives: 3, reason: '' },
    });
  });

  it('uses 0.5 and states the reason without records of both labels', async () => {
    const none = { value: 0.5, f1: null, on: 'synthetic' };
    const judge = (...pairs: [number, 0 | 1][]) =>
      validationThreshold(predict, batchesOf(...pairs), 'synthetic');
    expect(await judge()).toEqual({
      ...none,
      ...{ windows: 0, positives: 0, reason: 'there are no validation records' },
    });
    expect(await judge([40, 0])).toMatchObject({
      ...none,
      reason: 'all validation records (1) are negative',
    });
    expect(await judge([40, 1], [30, 1])).toMatchObject({
      ...none,
      reason: 'all validation records (2) are positive',
    });
  });

  it('rejects with the reason of an abort', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(validationThreshold(predict, batchesOf([1, 1]), 'real', signal)).rejects.toThrow('enough');
  });
});
