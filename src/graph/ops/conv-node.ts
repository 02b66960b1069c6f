// The Conv node that all convolutions over time use. It records no gradient.

import { fixed, type Graph, type Value } from '../graph.js';

/** Options of a Conv node. */
export interface ConvNodeOptions {
  readonly lengthOut: number;
  readonly stride: number;
  /** Numbers of zeros before and after. */
  readonly pads: readonly [number, number];
  /** Number of channel groups with separate filters; default 1. */
  readonly group?: number;
  /** Distance between neighbouring taps, in samples; default 1. */
  readonly dilation?: number;
}

/** Convolves x [B, C, L] with w [filters, C / group, K] to [B, filters, lengthOut]. */
export function convNode(graph: Graph, x: Value, w: Value, options: ConvNodeOptions): Value {
  const { lengthOut, stride, pads, group, dilation = 1 } = options;
  const shape = [x.shape[0]!, w.shape[0]!, lengthOut];
  const attributes = { kernel_shape: [fixed(w.shape[2])], strides: [stride], pads };
  return graph.emitOne(
    'Conv',
    [x, w],
    { dtype: 'float32', shape },
    { ...attributes, ...(group && { group }), ...(dilation > 1 && { dilations: [dilation] }) },
  );
}
