// The architectures by name. A build takes the ECG and returns one logit a record: backbone, then the paper's head.

import { PqrstError, suggest } from '../../errors.js';
import { Graph, sizeOf, type Value } from '../../graph/graph.js';
import { relu } from '../../graph/ops/relu.js';
import { reshape } from '../../graph/ops/reshape.js';
import { linear } from '../layers.js';
import { Net } from '../net.js';
import { resnet } from './resnet.js';

export interface ArchOptions {
  /** Features that the backbone hands to the head, 16-1024; default 64. */
  readonly backboneOut?: number;
}

export interface Architecture {
  readonly name: string;
  readonly title: string;
  /** ecg [B, 1, L] -> logit [B]. */
  build(net: Net, ecg: Value, options: ArchOptions): Value;
  /** Shortest input in samples. */
  readonly minLengthSamples: number;
}

const resnet18: Architecture = {
  name: 'resnet18',
  title: 'ResNet-18, 1-D (He et al. 2015)',
  minLengthSamples: 32,
  build: (net, ecg, { backboneOut = 64 }) => {
    if (!Number.isInteger(backboneOut) || backboneOut < 16 || backboneOut > 1024) {
      throw new PqrstError('ERR_RANGE', `backboneOut must be a whole number in 16-1024, got ${backboneOut}`);
    }
    return head(net, resnet(net, ecg, [2, 2, 2, 2], backboneOut));
  },
};

export const architectures: Readonly<Record<string, Architecture>> = { resnet18 };

/** ERR_UNKNOWN_ARCH names the nearest. */
export function resolveArch(name: string): Architecture {
  const found = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (found !== undefined) return found;
  throw new PqrstError(
    'ERR_UNKNOWN_ARCH',
    `unknown architecture "${name}"${suggest(name, Object.keys(architectures))}`,
  );
}

/** Number of trained weights. */
export function parameterCount(arch: Architecture, options: ArchOptions = {}): number {
  const net = new Net(new Graph('count'), 'inference', (graph, slot) =>
    graph.input(slot.name, 'float32', slot.shape),
  );
  arch.build(net, net.graph.input('ecg', 'float32', ['N', 1, 1024]), options);
  return net.slots
    .filter((slot) => slot.kind === 'weight')
    .reduce((count, slot) => count + sizeOf(slot.shape), 0);
}

/** Linear -> 32 -> ReLU -> dropout 0.25 -> 1 (Nonaka and Seita 2026, related code). [B, features] -> [B]. */
function head(net: Net, features: Value): Value {
  const hidden = relu(net.graph, linear(net, 'head.linear1', features, 32));
  const logit = linear(net, 'head.linear2', net.dropout('head.dropout', hidden, 0.25), 1);
  return reshape(net.graph, logit, [features.shape[0]!]);
}
