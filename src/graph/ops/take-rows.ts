// Takes rows of the first axis in any order and any number of times, or zeros, with one Gather. Implements shifts, tiles
// and their overlaps.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { expand } from './expand.js';

/** The place that gives a row of zeros. */
export const nowhere = -1;

/** Returns rows: row i is row `places[i]` of `x`, or zeros if that is `nowhere`. */
export function takeRows(graph: Graph, x: Value, places: readonly number[]): Value {
  const rows = fixed(x.shape[0]);
  const wrong = places.find((place) => !Number.isInteger(place) || place < nowhere || place >= rows);
  if (wrong !== undefined) throw graphError(`there is no row ${wrong} in ${x.name} [${x.shape.join(', ')}]`);
  const y = graph.unrecorded(() => {
    if (!places.includes(nowhere)) return gatherNode(graph, x, places);
    const zeros = expand(graph, graph.constant(0), [1, ...x.shape.slice(1)]);
    const at = places.map((place) => (place === nowhere ? rows : place));
    return gatherNode(graph, concat(graph, [x, zeros], 0), at);
  });
  // The gradient of a row that was taken n times is the sum of n rows. The k-th terms of all rows are again taken rows.
  graph.record([x], [y], (d) => {
    const takers: number[][] = Array.from({ length: rows }, () => []);
    places.forEach((place, at) => {
      takers[place]?.push(at);
    });
    const most = Math.max(...takers.map((taken) => taken.length));
    const parts = Array.from({ length: most }, (_, k) =>
      takeRows(
        graph,
        d!,
        takers.map((taken) => taken[k] ?? nowhere),
      ),
    );
    return [parts.reduce((sum, part) => add(graph, sum, part))];
  });
  return y;
}

function gatherNode(graph: Graph, x: Value, places: readonly number[]): Value {
  const shape = [places.length, ...x.shape.slice(1)];
  return graph.emitOne('Gather', [x, graph.integers(places)], { dtype: x.dtype, shape }, { axis: 0 });
}
