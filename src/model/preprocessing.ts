// The preprocessing of windows, in an exported graph and on arrays: the filter as a convolution with fixed taps, then the
// z-score of each lead. With it a model file takes raw windows. The nodes compute in float32 at every precision of the
// network, because half precision would lose small waves on a large baseline.
// The level of a lead changes nothing, so the nodes first subtract its first sample. This makes a flat lead exactly 0, its
// z-score 0 / 0, and the output NaN instead of an answer to rounding errors.

import { PqrstError } from '../base/errors.js';
import { type Dim, fixed, type Graph, type GraphContent, type Shape, type Value } from '../graph/graph.js';
import { concat } from '../graph/ops/concat.js';
import { convNode } from '../graph/ops/conv-node.js';
import { div } from '../graph/ops/div.js';
import { mul } from '../graph/ops/mul.js';
import { pad } from '../graph/ops/pad.js';
import { reduceMean } from '../graph/ops/reduce-mean.js';
import { reverse } from '../graph/ops/reverse.js';
import { slice } from '../graph/ops/slice.js';
import { sqrt } from '../graph/ops/sqrt.js';
import { sub } from '../graph/ops/sub.js';
import { transpose } from '../graph/ops/transpose.js';
import { rewrite } from '../graph/rewrite.js';
import { filterTaps, leadFilter } from '../signal/filter.js';
import { standardize } from '../signal/standardize.js';
import type { ModelMetadata } from './metadata.js';

/** The steps between a raw window and a network: the filter, if there is one, and the z-score. */
export interface Preprocessing {
  readonly fsHz: number;
  /** `LOW-HIGH` in Hz; undefined: no filter. */
  readonly filter: string | undefined;
}

/**
 * Number of results per step of the convolution. One result per step takes 6 to 10 times as long with ONNX Runtime, and
 * more results make the file larger (docs/adr/0017-the-filter.md).
 */
const phases = 16;

/**
 * Returns the preprocessing that a file with these metadata needs before it.
 *
 * @throws PqrstError ERR_OPTION: when the metadata do not state the rate, or state another scaling than `zscore`.
 */
export function preprocessingOf({ fsHz, filter, scaling }: ModelMetadata): Preprocessing {
  if (fsHz !== undefined && scaling === 'zscore') return { fsHz, filter };
  throw new PqrstError(
    'ERR_OPTION',
    `the metadata state the rate ${fsHz} and the scaling ${scaling}; a file with preprocessing needs a rate and zscore`,
  );
}

/** Returns the metadata of the file with preprocessing: it takes raw windows, and states the steps that it computes. */
export function rawMetadata({ filter, scaling: _, unit = 'mV', ...rest }: ModelMetadata): ModelMetadata {
  const steps = [...(filter === undefined ? [] : [`filter ${filter}`]), 'zscore'];
  return { ...rest, unit, scaling: 'none', preprocessing: steps };
}

/** Returns a copy of a graph whose input `ecg` [N, leads, L] is raw. */
export function withPreprocessing(graph: GraphContent, preprocessing: Preprocessing): Graph {
  const ports = new Set(graph.inputs.map(({ name }) => name));
  let prepared: Value | undefined;
  // The steps are appended at the first use of the input, when the names of all weights are taken.
  return rewrite(graph, {
    node: (copy, { type, outputs, attributes }, inputs) => {
      const replaced = inputs.map((input) => {
        if (!ports.has(input.name)) return input;
        prepared ??= preprocess(copy, input, preprocessing);
        return prepared;
      });
      return copy.emit(type, replaced, outputs, attributes);
    },
  });
}

/** Appends the steps to `x` [N, leads, L]. */
function preprocess(graph: Graph, x: Value, { fsHz, filter }: Preprocessing): Value {
  const level = sub(graph, x, slice(graph, x, 2, 0, 1));
  const filtered = filter === undefined ? level : convolve(graph, level, filterTaps(filter, fsHz));
  const centred = sub(graph, filtered, reduceMean(graph, filtered, [2], true));
  const variance = reduceMean(graph, mul(graph, centred, centred), [2], true);
  return div(graph, centred, sqrt(graph, variance));
}

/** Convolves each lead with the taps after an odd reflection at both ends. The first sample of each lead must be 0. */
function convolve(graph: Graph, x: Value, taps: Float64Array): Value {
  const length = fixed(x.shape[2]);
  const reach = (taps.length - 1) / 2;
  const last = slice(graph, x, 2, length - 1, length);
  const before = mul(graph, reverse(graph, slice(graph, x, 2, 1, reach + 1), 2), graph.constant(-1));
  const inner = reverse(graph, slice(graph, x, 2, length - 1 - reach, length - 1), 2);
  const after = sub(graph, mul(graph, last, graph.constant(2)), inner);
  const padded = concat(graph, [before, x, after], 2);
  // All leads of all windows are rows of one convolution. Each of its steps computes `phases` neighbouring results.
  const steps = Math.ceil(length / phases);
  const lengthIn = steps * phases + 2 * reach;
  const filled = pad(graph, padded, 2, 0, lengthIn - length - 2 * reach);
  const [batch, leads] = x.shape as [Dim, Dim];
  const rows = leads === 1 ? batch : `${batch} * ${leads}`;
  const weights = graph.initializer('preprocessing.taps', shifted(taps), [
    phases,
    1,
    taps.length + phases - 1,
  ]);
  const y = convNode(graph, regroup(graph, filled, [rows, 1, lengthIn]), weights, {
    ...{ lengthOut: steps, stride: phases, pads: [0, 0] },
  });
  const lengthOut = steps * phases;
  const joined = regroup(graph, transpose(graph, y, [0, 2, 1]), [batch, leads, lengthOut]);
  return slice(graph, joined, 2, 0, length);
}

/** Returns the taps [phases, taps + phases - 1], in row n after n zeros. */
function shifted(taps: Float64Array): Float32Array {
  const length = taps.length + phases - 1;
  const rows = new Float32Array(phases * length);
  for (let row = 0; row < phases; row++) rows.set(taps, row * length + row);
  return rows;
}

/** Moves the leads into the first dimension, or back. Its size is free, so no check of `reshape` applies. */
function regroup(graph: Graph, x: Value, shape: Shape): Value {
  const target = graph.integers([-1, ...shape.slice(1).map(fixed)]);
  return graph.emitOne('Reshape', [x, target], { dtype: x.dtype, shape });
}

/**
 * Computes the steps on windows [n, leads, L].
 *
 * @throws PqrstError ERR_SIGNAL: when a lead is flat, before or after the filter.
 */
export function preprocessWindows(
  windows: Float32Array,
  lengthSamples: number,
  { fsHz, filter }: Preprocessing,
): Float32Array {
  const apply = filter === undefined ? undefined : leadFilter(filter, { fsHz, lengthSamples });
  const prepared = Float32Array.from(windows);
  for (let start = 0; start < prepared.length; start += lengthSamples) {
    const lead = prepared.subarray(start, start + lengthSamples);
    if (apply !== undefined && !apply(lead, lead)) lead.fill(0);
    standardize(lead, lead, `lead ${start / lengthSamples} of the windows`);
  }
  return prepared;
}
