// The exponential moving average (EMA) of each weight. A training can keep them beside the weights; validation and export
// then read them in place of the weights. Statistics such as those of batch norm have no average of their own.

import type { State } from '../engine/engine.js';
import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { mul } from '../graph/ops/mul.js';
import { sub } from '../graph/ops/sub.js';

const prefix = 'ema.';

/** Returns the name of the slot that holds the average of a weight. */
export function averageName(weight: string): string {
  return `${prefix}${weight}`;
}

/**
 * Returns the share of the new weight in the average after a step: 1 - min(decay, (1 + step) / (10 + step)), so that the
 * first averages follow the weights closely. This is the rule of TensorFlow's `ExponentialMovingAverage` with `num_updates`.
 *
 * @param step - The number of the step, from 1.
 */
export function averageShare(decay: number, step: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}

/** Appends average + share (weight - average). */
export function nextAverage(graph: Graph, average: Value, weight: Value, share: Value): Value {
  return add(graph, average, mul(graph, sub(graph, weight, average), share));
}

/**
 * Returns the state with each average under the name of its weight; other values keep their names. A state without
 * averages is returned as it is.
 */
export function averagedState(state: State): State {
  return new Map([...state].map(([name, value]) => [name, state.get(averageName(name)) ?? value]));
}

/** Returns the state with each average equal to its weight, as before the first step. */
export function restartAverages(state: State): State {
  return new Map(
    [...state].map(([name, value]) => {
      const weight = name.startsWith(prefix) ? state.get(name.slice(prefix.length)) : undefined;
      return [name, weight ?? value];
    }),
  );
}
