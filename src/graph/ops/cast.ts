// Conversion to another element type (ONNX Cast), for masks. It has no gradient.

import type { DType, Graph, Value } from '../graph.js';
import { typeCodes } from '../proto.js';

/** Converts `x` to `dtype`; true becomes 1. */
export function cast(graph: Graph, x: Value, dtype: DType): Value {
  return graph.emitOne('Cast', [x], { dtype, shape: x.shape }, { to: typeCodes[dtype] });
}
