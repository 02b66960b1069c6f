// The architectures by name, and a whole network: backbone, then head.

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

/** In the paper's order. */
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

/** ERR_UNKNOWN_ARCH names the nearest. */
export function resolveArch(name: string): Architecture {
  const found = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (found !== undefined) return found;
  throw new PqrstError(
    'ERR_UNKNOWN_ARCH',
    `unknown architecture "${name}"${suggest(name, Object.keys(architectures))}`,
  );
}

/**
 * ecg [B, leads, L] -> logits, shaped as `Outputs` says. ERR_RANGE for records that are too short, no leads or too few
 * outputs; errors of `options` as `Architecture.parse`.
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
  throw new PqrstError('ERR_RANGE', `${name} must be a whole number from ${least} up, got ${value}`);
}

/** What a network is built for; one lead of 1000 samples, one output unless told otherwise. */
export interface NetworkShape {
  readonly leads?: number;
  readonly lengthSamples?: number;
  readonly outputs?: Outputs;
}

/** A network in inference without values: `ecg` [N, leads, L] and its tensors are inputs, `logit` the output. */
export function outlineNetwork(arch: Architecture, options: ArchOptions = {}, shape: NetworkShape = {}): Net {
  const { leads = 1, lengthSamples = 1000, outputs = binary } = shape;
  const net = new Net(new Graph('outline'), 'inference', (graph, slot) =>
    graph.input(slot.name, 'float32', slot.shape),
  );
  const ecg = net.graph.input('ecg', 'float32', ['N', leads, lengthSamples]);
  net.graph.output('logit', buildNetwork(net, ecg, arch, options, outputs));
  return net;
}

/** Number of trained weights. */
export function parameterCount(arch: Architecture, options?: ArchOptions, shape?: NetworkShape): number {
  return outlineNetwork(arch, options, shape)
    .slots.filter((slot) => slot.kind === 'weight')
    .reduce((count, slot) => count + sizeOf(slot.shape), 0);
}
