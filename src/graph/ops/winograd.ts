// Convolution with three taps by Winograd's minimal filtering F(4, 3) (Lavin and Gray 2015, arXiv 1509.09308, section 4).
// It needs six products per channel for four samples, where a direct convolution needs twelve. x [B, C, L] with
// w [K, C, 3], stride 1 and padding 1 gives [B, K, L]. The gradient is that of its parts. The transforms read x several
// times, so the algorithm is faster only from some hundred channels (conv1d.ts decides). Its rounding error is a few times
// that of a direct convolution.

import { fixed, type Graph, sizeOf, type Value } from '../graph.js';
import { matmul } from './matmul.js';
import { reshape } from './reshape.js';
import { nowhere, takeRows } from './take-rows.js';
import { transpose } from './transpose.js';

const tile = 4;
const points = 6;

/** [6, 6], transforms six input samples to the six points. */
const ofInput = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
/** [6, 3], transforms three taps to the six points. */
const ofTaps = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
/** [4, 6], transforms the six products to four output samples. */
const ofOutput = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/** Convolves x [B, C, L] with w [K, C, 3] (see the head of this file). */
export function winogradConv(graph: Graph, x: Value, w: Value): Value {
  const [batch, channels, length] = x.shape.map(fixed) as [number, number, number];
  const filters = fixed(w.shape[0]);
  const tiles = Math.ceil(length / tile);
  // Samples become rows [L, B, C], so that tiles are copies of whole rows.
  const samples = transpose(graph, x, [2, 0, 1]);
  const tiled = takeRows(
    graph,
    samples,
    grid(points, tiles, (point, at) => {
      const sample = tile * at + point - 1;
      return sample < 0 || sample >= length ? nowhere : sample;
    }),
  );
  const input = transformed(graph, ofInput, tiled, [tiles * batch, channels]);
  const byTap = transpose(graph, reshape(graph, w, [filters * channels, 3]), [1, 0]);
  const taps = transformed(graph, ofTaps, byTap, [filters, channels]);
  const products = matmul(graph, input, transpose(graph, taps, [0, 2, 1]));
  const output = transformed(graph, ofOutput, products, [tiles, batch, filters]);
  const places = Array.from({ length }, (_, sample) => (sample % tile) * tiles + Math.floor(sample / tile));
  const y = takeRows(graph, reshape(graph, output, [tile * tiles, batch, filters]), places);
  return transpose(graph, y, [1, 2, 0]);
}

/** Returns values for each row and column, in row-major order. */
function grid(rows: number, columns: number, valueAt: (row: number, column: number) => number): number[] {
  return Array.from({ length: rows * columns }, (_, at) => valueAt(Math.floor(at / columns), at % columns));
}

/** Returns `matrix` [m, n] times x, viewed as [n, ...], in the shape [m, ...shape]. */
function transformed(
  graph: Graph,
  matrix: readonly (readonly number[])[],
  x: Value,
  shape: readonly number[],
): Value {
  const [rows, columns] = [matrix.length, matrix[0]!.length];
  const flat = reshape(graph, x, [columns, sizeOf(x.shape) / columns]);
  return reshape(graph, matmul(graph, graph.constant(matrix.flat(), [rows, columns]), flat), [
    rows,
    ...shape,
  ]);
}
