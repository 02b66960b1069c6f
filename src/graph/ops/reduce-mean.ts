// Mean over some axes (ONNX ReduceMean). Over the last axis it is the global average pooling of [B, C, L].

import { fixed, type Graph, type Value } from '../graph.js';
import { expand } from './expand.js';
import { mul } from './mul.js';
import { reducedShape } from './reduce-sum.js';
import { reshape } from './reshape.js';

/** Returns the mean over `axes`, by default over all. With `keepDims` these axes remain with size 1. */
export function reduceMean(
  graph: Graph,
  x: Value,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
  keepDims = false,
): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  const y = graph.emitOne(
    'ReduceMean',
    [x, graph.integers(axes)],
    { dtype: x.dtype, shape },
    { keepdims: Number(keepDims) },
  );
  graph.record([x], [y], (d) => {
    const count = axes.reduce((product, axis) => product * fixed(x.shape[axis]), 1);
    const share = mul(graph, d!, graph.constant(1 / count));
    return [expand(graph, reshape(graph, share, reducedShape(x.shape, axes, true)), x.shape)];
  });
  return y;
}
