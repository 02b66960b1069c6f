// The short-time Fourier transform of TimeVQVAE (Lee, Malacarne and Aune 2023, arXiv 2303.04743, section 3.2) and its
// inverse: frames of 8 samples, 2 apart, under a periodic Hann window, centred, with the signal reflected at both ends and
// scaled by 1 / sqrt(8), as torch.stft with normalized=True. Both are convolutions with fixed filters, so they need no DFT
// operator and no gradient of their own.
// The five bins are cut into two bands: low is bin 0, high the other four. The window is short, so the bands overlap: at
// 100 Hz, low holds what is below about 12 Hz. The parts of both bands sum to the signal.
// B batch, C channels, L samples, F = L / 2 + 1 frames. A band has R rows for each channel: the real and the imaginary
// part of each of its bins.

import { PqrstError } from '../../base/errors.js';
import { fixed, type Graph, type Value } from '../../graph/graph.js';
import { concat } from '../../graph/ops/concat.js';
import { conv1d } from '../../graph/ops/conv1d.js';
import { mul } from '../../graph/ops/mul.js';
import { reshape } from '../../graph/ops/reshape.js';
import { reverse } from '../../graph/ops/reverse.js';
import { slice } from '../../graph/ops/slice.js';
import { transpose } from '../../graph/ops/transpose.js';

/** The bands of the transform. */
export const bands = ['low', 'high'] as const;
/** A band: `low` is bin 0, `high` are bins 1 to 4. */
export type Band = (typeof bands)[number];

const taps = 8;
const hop = 2;
const half = taps / 2;
const binsOf: Readonly<Record<Band, readonly number[]>> = { low: [0], high: [1, 2, 3, 4] };
const window = Array.from({ length: taps }, (_, at) => (1 - Math.cos((2 * Math.PI * at) / taps)) / 2);

/** Returns R, the rows of a band for each channel: two for each bin. */
export function rowsOf(band: Band): number {
  return 2 * binsOf[band].length;
}

/**
 * Returns F, the number of frames of a signal.
 *
 * @throws PqrstError ERR_RANGE: when the length is odd or below 10.
 */
export function frameCount(lengthSamples: number): number {
  if (Number.isInteger(lengthSamples) && lengthSamples % hop === 0 && lengthSamples > taps) {
    return lengthSamples / hop + 1;
  }
  throw new PqrstError(
    'ERR_RANGE',
    `the tokenizer takes an even number of at least ${taps + hop} samples, got ${lengthSamples}; cut the records to one`,
  );
}

/** Transforms x [B, C, L] to the rows of one band, [B, C R, F]. */
export function analyse(graph: Graph, x: Value, band: Band): Value {
  const [channels, length] = [fixed(x.shape[1]), fixed(x.shape[2])];
  frameCount(length);
  const before = reverse(graph, slice(graph, x, 2, 1, 1 + half), 2);
  const after = reverse(graph, slice(graph, x, 2, length - 1 - half, length - 1), 2);
  const filters = perChannel(channels, rowsOf(band), 1, taps, (row, _, at) => {
    const { bin, isReal } = place(band, row);
    return (window[at]! * wave(bin, isReal, at)) / Math.sqrt(taps);
  });
  const shape = [channels * rowsOf(band), channels, taps];
  return conv1d(graph, concat(graph, [before, x, after], 2), graph.constant(filters, shape), { stride: hop });
}

/** Transforms the rows of one band, [B, C R, F], back to its part of the signal, [B, C, L]. */
export function synthesise(graph: Graph, rows: Value, band: Band): Value {
  const channels = fixed(rows.shape[1]) / rowsOf(band);
  const frames = fixed(rows.shape[2]);
  const pieces = taps / hop;
  // Sample 2 m + phase of the sum is made of frames m, m - 1, m - 2 and m - 3: a convolution with four taps per phase.
  const filters = perChannel(channels, hop, rowsOf(band), pieces, (phase, row, piece) => {
    const at = phase + hop * (pieces - 1 - piece);
    const { bin, isReal } = place(band, row);
    const share = bin === 0 || bin === half ? 1 : 2;
    return (share * window[at]! * wave(bin, isReal, at)) / Math.sqrt(taps);
  });
  const shape = [channels * hop, channels * rowsOf(band), pieces];
  const phases = conv1d(graph, rows, graph.constant(filters, shape), { padding: pieces - 1 });
  const places = frames + pieces - 1;
  const byPhase = reshape(graph, phases, [rows.shape[0]!, channels, hop, places]);
  const sum = reshape(graph, transpose(graph, byPhase, [0, 1, 3, 2]), [
    rows.shape[0]!,
    channels,
    hop * places,
  ]);
  const length = hop * (frames - 1);
  const weights = graph.constant(inverseWeights(length, frames), [1, 1, length]);
  return mul(graph, slice(graph, sum, 2, half, half + length), weights);
}

/** Returns 1 / (sum of the squared windows over each sample): fewer frames cover the first and the last samples. */
function inverseWeights(length: number, frames: number): number[] {
  const sums = new Array<number>(length + taps).fill(0);
  for (let frame = 0; frame < frames; frame++) {
    for (const [at, value] of window.entries()) sums[hop * frame + at]! += value ** 2;
  }
  return sums.slice(half, half + length).map((sum) => 1 / sum);
}

function place(band: Band, row: number): { bin: number; isReal: boolean } {
  return { bin: binsOf[band][Math.floor(row / 2)]!, isReal: row % 2 === 0 };
}

function wave(bin: number, isReal: boolean, at: number): number {
  const angle = (2 * Math.PI * bin * at) / taps;
  return isReal ? Math.cos(angle) : -Math.sin(angle);
}

/** Returns filters [C rows, C columns, taps] that apply the same values to each channel and nothing between channels. */
function perChannel(
  channels: number,
  rows: number,
  columns: number,
  width: number,
  valueAt: (row: number, column: number, at: number) => number,
): number[] {
  const values: number[] = [];
  for (let to = 0; to < channels * rows; to++) {
    for (let from = 0; from < channels * columns; from++) {
      const isOwn = Math.floor(to / rows) === Math.floor(from / columns);
      for (let at = 0; at < width; at++) {
        values.push(isOwn ? valueAt(to % rows, from % columns, at) : 0);
      }
    }
  }
  return values;
}
