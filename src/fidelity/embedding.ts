// A map of real and synthetic records in two dimensions (UMAP; McInnes et al. 2018, arXiv 1802.03426). It is a picture:
// distances on it mean little, and the table of the report has the measures.

import { UMAP } from 'umap-js';
import { randomStream } from '../base/random.js';
import type { Side } from './sides.js';

/** The places of the records of one set. */
export type Places = readonly (readonly [number, number])[];

/** Records per side on the map. */
const mapped = 300;

/** Returns the places of the first 300 records of each side, from their 24 quantities. */
export function mapOf(
  real: Side,
  made: Side,
  seed: number,
): { readonly real: Places; readonly made: Places } {
  const rows = [real, made].map(({ features: { points } }) =>
    Array.from({ length: Math.min(mapped, points.count) }, (_, row) =>
      Array.from(points.values.subarray(row * points.dims, (row + 1) * points.dims)),
    ),
  );
  const stream = randomStream(seed, 'map');
  const all = [...rows[0]!, ...rows[1]!];
  const umap = new UMAP({ nNeighbors: Math.min(15, all.length - 1), random: () => stream.uniform() });
  const places = umap.fit(all).map(([x, y]) => [x!, y!] as const);
  return { real: places.slice(0, rows[0]!.length), made: places.slice(rows[0]!.length) };
}
