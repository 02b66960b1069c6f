// A tiny network and small sets of windows, with which a training step takes milliseconds. The network has a few
// hundred weights, and the parts that make a training hard to repeat: running statistics of batch norm, and dropout.

import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { relu } from '#lib/graph/ops/relu.js';
import { batchNorm, conv } from '#lib/nn/layers.js';
import { type Architecture, architecture } from '#lib/nn/models/architecture.js';
import { architectures } from '#lib/nn/models/index.js';
import type { EcgClass } from '#lib/signal/classes.js';
import type { WindowSet } from '#lib/signal/window.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { setOf, windowOf } from './windows.js';

/** Adds the architecture `tiny` to the architectures of this process. */
export function registerTinyArch(): void {
  const tiny = architecture({
    name: 'tiny',
    title: 'for tests',
    paper: 'none',
    minLengthSamples: 32,
    hyperParameters: {},
    backbone: (net, ecg) => {
      let x = relu(
        net.graph,
        batchNorm(net, 'norm1', conv(net, 'conv1', ecg, 8, 9, { stride: 2, padding: 4 })),
      );
      x = relu(net.graph, batchNorm(net, 'norm2', conv(net, 'conv2', x, 16, 9, { stride: 2, padding: 4 })));
      return net.dropout('dropout', reduceMean(net.graph, x, [2]), 0.25);
    },
  });
  (architectures as Record<string, Architecture>).tiny = tiny;
}

/**
 * Returns synthetic windows in mV that take the place of real ones: first those of `positive` patients of the class
 * `task`, then those of `negative` patients of the class normal.
 */
export function windowSet(shape: {
  task: EcgClass;
  positive: number;
  negative: number;
  windowsEach?: number;
  fsHz?: number;
  seconds?: number;
}): Promise<WindowSet> {
  const { task, positive, negative, ...rest } = shape;
  return classSet([...Array(positive).fill(task), ...Array(negative).fill('normal')], rest);
}

/** Returns windows as `windowSet` does, with one patient per element of `patients`. */
export async function classSet(
  patients: readonly EcgClass[],
  { windowsEach = 3, fsHz = 100, seconds = 4 } = {},
): Promise<WindowSet> {
  const synthesizer = new Synthesizer({ preset: 'paper', fsHz, seconds, seed: 99, unit: 'mV' });
  const count = patients.length * windowsEach;
  const windows = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const patient = Math.floor(at / windowsEach);
      const name = patients[patient]!;
      const { signals } = await synthesizer.batch({ classes: [name], start: at, count: 1 });
      return windowOf({
        signal: signals,
        record: `r${patient}`,
        patient: `p${patient}`,
        startS: seconds * (at % windowsEach),
        classes: [name],
      });
    }),
  );
  return setOf(windows, { fsHz });
}
