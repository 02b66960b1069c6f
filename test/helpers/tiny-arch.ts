// A network of a few hundred weights with everything that makes training hard to repeat (batch norm's running
// statistics, dropout), and small sets of windows, so that tests of the trainer take milliseconds a step.

import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { relu } from '#lib/graph/ops/relu.js';
import { batchNorm, conv } from '#lib/nn/layers.js';
import { type Architecture, architecture } from '#lib/nn/models/architecture.js';
import { architectures } from '#lib/nn/models/index.js';
import type { EcgClass } from '#lib/signal/classes.js';
import type { WindowSet } from '#lib/signal/window.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { setOf, windowOf } from './windows.js';

/** Makes `arch: 'tiny'` known in this process. */
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

/** Synthetic windows posing as real ones, in mV: `positive` patients of `task`, then `negative` normal ones. */
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

/** The same with one patient for each class named. */
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
