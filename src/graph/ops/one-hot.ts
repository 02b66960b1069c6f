// One-hot vectors of whole numbers: Equal with 0 ... count - 1, then Cast. No gradient, because whole numbers have none.

import { type Graph, graphError, type Value } from '../graph.js';
import { cast } from './cast.js';
import { reshape } from './reshape.js';

/**
 * Returns float32 [..., count] for int64 codes [...]: 1 at the place that a code names, 0 elsewhere. A code outside
 * 0 ... count - 1 gives zeros.
 *
 * @throws PqrstError ERR_GRAPH: when `codes` are not int64, or `count` is not a whole number from 1.
 */
export function oneHot(graph: Graph, codes: Value, count: number): Value {
  expectCodes('oneHot', codes);
  if (!Number.isInteger(count) || count < 1) {
    throw graphError(`oneHot takes a count of classes, a whole number from 1, got ${count}`);
  }
  return graph.unrecorded(() => {
    const places = graph.integers(Array.from({ length: count }, (_, place) => place));
    const shape = [...codes.shape, count];
    const column = reshape(graph, codes, [...codes.shape, 1]);
    const isThere = graph.emitOne('Equal', [column, places], { dtype: 'bool', shape });
    return cast(graph, isThere, 'float32');
  });
}

/**
 * Checks that `codes` are whole numbers.
 *
 * @throws PqrstError ERR_GRAPH: when their type is not int64.
 */
export function expectCodes(operator: string, codes: Value): void {
  if (codes.dtype !== 'int64') {
    throw graphError(`${operator} takes codes of type int64, ${codes.name} is ${codes.dtype}; cast them`);
  }
}
