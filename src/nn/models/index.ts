// The architectures by name, and a whole network: backbone, then head.

import { PqrstError, suggest } from '../../errors.js';
import { Graph, sizeOf, type Value } from '../../graph/graph.js';
import { binary, head, type Outputs } from '../head.js';
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

/** ecg [B, leads, L] -> logits, shaped as `Outputs` says. */
export function buildNetwork(
  net: Net,
  ecg: Value,
  arch: Architecture,
  options: ArchOptions,
  outputs: Outputs,
): Value {
  return head(net, arch.backbone(net, ecg, options), outputs);
}

/** Number of trained weights. */
export function parameterCount(
  arch: Architecture,
  options: ArchOptions = {},
  { leads = 1, lengthSamples = 1000, outputs = binary } = {},
): number {
  const net = new Net(new Graph('count'), 'inference', (graph, slot) =>
    graph.input(slot.name, 'float32', slot.shape),
  );
  const ecg = net.graph.input('ecg', 'float32', ['N', leads, lengthSamples]);
  buildNetwork(net, ecg, arch, options, outputs);
  return net.slots
    .filter((slot) => slot.kind === 'weight')
    .reduce((count, slot) => count + sizeOf(slot.shape), 0);
}
