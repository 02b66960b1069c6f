// The denoisers by name, and their parameter counts.

import { PqrstError, suggest } from '../../base/errors.js';
import { Graph, sizeOf } from '../../graph/graph.js';
import type { ArchOptions } from '../models/architecture.js';
import { Net } from '../net.js';
import type { Denoiser, DenoiserInput } from './denoiser.js';
import { diffwave } from './diffwave.js';
import { timeDiffusion } from './time-diffusion.js';

/** All denoisers by name. */
export const denoisers: Readonly<Record<string, Denoiser>> = {
  diffwave,
  'time-diffusion': timeDiffusion,
};

/**
 * Returns a denoiser by name.
 *
 * @throws PqrstError ERR_UNKNOWN_ARCH: when there is no such denoiser; the message suggests the nearest name.
 */
export function resolveDenoiser(name: string): Denoiser {
  const found = Object.hasOwn(denoisers, name) ? denoisers[name] : undefined;
  if (found !== undefined) return found;
  throw new PqrstError(
    'ERR_UNKNOWN_ARCH',
    `unknown denoiser "${name}"${suggest(name, Object.keys(denoisers))}`,
  );
}

/** Input and output of a denoiser. */
export interface DenoiserShape {
  readonly lengthSamples: number;
  /** Number of leads; default 1. */
  readonly leads?: number;
  /** Number of labels K, without the null label. */
  readonly labels: number;
}

/** The shape of a denoiser's input, with what its hyper-parameters decide. */
export interface DenoiserInputShape extends DenoiserShape {
  /** Whether the network takes the beats; default no. */
  readonly takesBeats?: boolean;
}

/** Builds an inference network without weights: all tensors are inputs, and the output is `prediction` [N, C, L]. */
export function outlineDenoiser(denoiser: Denoiser, options: ArchOptions, shape: DenoiserShape): Net {
  const net = new Net(new Graph('outline'), 'inference', (graph, slot) =>
    graph.input(slot.name, 'float32', slot.shape),
  );
  const input = denoiserInputs(net, 'N', { ...shape, takesBeats: denoiser.takesBeats(options) });
  net.graph.output('prediction', denoiser.build(net, input, options));
  return net;
}

/** Adds the inputs of a denoiser to the graph: `x`, `level`, `label`, and `beats` if it takes them. */
export function denoiserInputs(net: Net, batch: number | string, shape: DenoiserInputShape): DenoiserInput {
  const { lengthSamples, leads = 1, labels, takesBeats = false } = shape;
  return {
    ...(takesBeats && { beats: net.graph.input('beats', 'float32', [batch, 1, lengthSamples]) }),
    x: net.graph.input('x', 'float32', [batch, leads, lengthSamples]),
    level: net.graph.input('level', 'float32', [batch]),
    label: net.graph.input('label', 'float32', [batch, labels + 1]),
  };
}

/** Returns the number of trained weights, without allocating them. */
export function denoiserParameters(denoiser: Denoiser, options: ArchOptions, shape: DenoiserShape): number {
  return outlineDenoiser(denoiser, options, shape).slots.reduce(
    (count, slot) => count + sizeOf(slot.shape),
    0,
  );
}
