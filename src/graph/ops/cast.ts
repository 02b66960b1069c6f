// Cast to another type of number; without a gradient, for masks.

import type { DType, Graph, Value } from '../graph.js';
import { typeCodes } from '../proto.js';

/** `x` as `dtype`; true is 1. */
export function cast(graph: Graph, x: Value, dtype: DType): Value {
  return graph.emitOne('Cast', [x], { dtype, shape: x.shape }, { to: typeCodes[dtype] });
}
