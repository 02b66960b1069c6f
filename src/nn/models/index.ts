// The architectures by name, and the construction of a whole network from backbone and head.

import { PqrstError, suggest } from '../../base/errors.js';
import { fixed, Graph, sizeOf, type Value } from '../../graph/graph.js';
import { binary, type Outputs } from '../../signal/outputs.js';
import { head } from '../head.js';
import { Net } from '../net.js';
import type { Architecture, ArchOptions } from './architecture.js';
import { efficientnetB0 } from './efficientnet.js';
import { luna } from './luna.js';
import { mega } from './mega.js';
import { gru, lstm } from './recurrent.js';
import { resnet18, resnet34, resnet50 } from './resnet.js';
import { s4 } from './s4.js';
import { transformer } from './transformer.js';

/**
 * All architectures by name, in the order of the paper (Nonaka and Seita 2026). `archOptions` of a training sets the
 * hyper-parameters:
 *
 * | name | kind | hyper-parameters and their defaults, besides `backboneOut: 64` |
 * |---|---|---|
 * | `resnet18`, `resnet34`, `resnet50` | convolutional | |
 * | `efficientnet-b0` | convolutional | |
 * | `lstm`, `gru` | recurrent | `chunkSamples: 50`, `width: 64`, `layers: 2`, `units: 64`, `bidirectional: true` |
 * | `transformer` | attention | `chunkSamples: 50`, `width: 64`, `feature: 'last'`, `positions: 'sinusoidal'`, `depth: 2`, `heads: 8`, `feedForward: 64`, `norm: 'post'` |
 * | `luna` | attention | `chunkSamples: 50`, `width: 64`, `feature: 'last'`, `positions: 'sinusoidal'`, `depth: 3`, `heads: 8`, `qkv: 64`, `context: 16`, `feedForward: 64` |
 * | `s4` | state space | `chunkSamples: 50`, `width: 64`, `depth: 4`, `stateSize: 64` |
 * | `mega` | moving average and attention | `chunkSamples: 50`, `width: 64`, `depth: 4`, `averages: 16`, `qkv: 64`, `feedForward: 128`, `attentionSteps: 0` |
 *
 * `resolveArch(name).hyperParameters` has the meaning and the allowed values of each. [Engines](../engines.md#architectures)
 * compares the architectures in size and speed.
 */
export const architectures: Readonly<Record<string, Architecture>> = {
  resnet18,
  resnet34,
  resnet50,
  'efficientnet-b0': efficientnetB0,
  lstm,
  gru,
  transformer,
  luna,
  s4,
  mega,
};

/**
 * Returns an architecture by name.
 *
 * @param name - A key of `architectures`, for example 'resnet18'.
 * @example
 * ```js
 * import { resolveArch } from 'pqrst/train';
 * const { title, paper, hyperParameters } = resolveArch('transformer');
 * console.log(title, paper, Object.keys(hyperParameters));
 * ```
 * @throws PqrstError ERR_UNKNOWN_ARCH: when there is no such architecture; the message suggests the nearest name.
 */
export function resolveArch(name: string): Architecture {
  const found = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (found !== undefined) return found;
  throw new PqrstError(
    'ERR_UNKNOWN_ARCH',
    `unknown architecture "${name}"${suggest(name, Object.keys(architectures))}`,
  );
}

/**
 * Maps ecg [B, leads, L] to logits: [B] for a binary output, otherwise [B, outputs.count].
 *
 * @throws PqrstError ERR_RANGE: when the record is too short, or there are too few leads or outputs.
 * @throws PqrstError The errors of `Architecture.parse` for `options`.
 */
export function buildNetwork(
  net: Net,
  ecg: Value,
  arch: Architecture,
  options: ArchOptions,
  outputs: Outputs,
): Value {
  const [leads, length] = ecg.shape.slice(1).map(fixed) as [number, number];
  const { name, minLengthSamples } = arch;
  if (!Number.isInteger(length) || length < minLengthSamples) {
    throw new PqrstError(
      'ERR_RANGE',
      `${name} takes records of at least ${minLengthSamples} samples, got ${length}`,
    );
  }
  expectWhole('leads', leads, 1);
  if (outputs.kind !== 'binary')
    expectWhole('outputs.count', outputs.count, outputs.kind === 'multiclass' ? 2 : 1);
  return head(net, arch.backbone(net, ecg, options), outputs);
}

function expectWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new PqrstError('ERR_RANGE', `${name} must be a whole number of at least ${least}, got ${value}`);
}

/** Input and output of a network. */
export interface NetworkShape {
  /** Number of leads; default 1. */
  readonly leads?: number;
  /** Length of a window in samples; default 1000. */
  readonly lengthSamples?: number;
  /** Number and meaning of the outputs; default one binary output. */
  readonly outputs?: Outputs;
}

/** Builds an inference network without weights: `ecg` [N, leads, L] and all tensors are inputs, `logit` is the output. */
export function outlineNetwork(arch: Architecture, options: ArchOptions = {}, shape: NetworkShape = {}): Net {
  const { leads = 1, lengthSamples = 1000, outputs = binary } = shape;
  const net = new Net(new Graph('outline'), 'inference', (graph, slot) =>
    graph.input(slot.name, 'float32', slot.shape),
  );
  const ecg = net.graph.input('ecg', 'float32', ['N', leads, lengthSamples]);
  net.graph.output('logit', buildNetwork(net, ecg, arch, options, outputs));
  return net;
}

/** Returns the number of trained weights. */
export function parameterCount(arch: Architecture, options?: ArchOptions, shape?: NetworkShape): number {
  return outlineNetwork(arch, options, shape)
    .slots.filter((slot) => slot.kind === 'weight')
    .reduce((count, slot) => count + sizeOf(slot.shape), 0);
}
