// The Conv node that all convolutions over time are made of; it records no gradient.

import { fixed, type Graph, type Value } from '../graph.js';

export interface ConvNodeOptions {
  readonly lengthOut: number;
  readonly stride: number;
  /** Zeros before and behind. */
  readonly pads: readonly [number, number];
  /** Groups of channels with filters of their own; default 1. */
  readonly group?: number;
}

/** x [B, C, L] with w [filters, C / group, K] -> [B, filters, lengthOut]. */
export function convNode(graph: Graph, x: Value, w: Value, options: ConvNodeOptions): Value {
  const { lengthOut, stride, pads, group } = options;
  const shape = [x.shape[0]!, w.shape[0]!, lengthOut];
  const attributes = { kernel_shape: [fixed(w.shape[2])], strides: [stride], pads };
  return graph.emitOne(
    'Conv',
    [x, w],
    { dtype: 'float32', shape },
    { ...attributes, ...(group && { group }) },
  );
}
