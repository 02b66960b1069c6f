// A network under construction: its graph, its mode (training or inference) and the source of its named tensors. It keeps
// a list of its tensors, so that other files can feed, train or store them. Losses and optimisers are in src/model.

import { type Graph, graphError, type Shape, type Value } from '../graph/graph.js';
import { dropout } from '../graph/ops/dropout.js';
import { stochasticDepth } from '../graph/ops/stochastic-depth.js';
import type { Initial } from './init.js';

/** A named tensor of the network: a `weight` is trained by gradients, a `statistic` follows the batches. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'weight' | 'statistic';
  readonly initial: Initial;
  readonly value: Value;
}

/** Creates the value of a slot: an input of the graph, or an initializer with trained values. */
export type SlotSource = (graph: Graph, slot: Omit<Slot, 'value'>) => Value;

/** A network under construction. */
export class Net {
  readonly graph: Graph;
  readonly mode: 'training' | 'inference';
  readonly slots: Slot[] = [];
  /** Statistics after this batch, by slot name (training only). */
  readonly nextStatistics = new Map<string, Value>();
  /** Inputs for uniform random numbers in [0, 1) (training only). */
  readonly uniforms: Value[] = [];
  readonly #source: SlotSource;

  constructor(graph: Graph, mode: 'training' | 'inference', source: SlotSource) {
    this.graph = graph;
    this.mode = mode;
    this.#source = source;
  }

  /** Adds a tensor that gradients train. */
  weight(name: string, shape: readonly number[], initial: Initial): Value {
    return this.#slot({ name, shape, kind: 'weight', initial });
  }

  /** Adds a tensor that follows the batches, such as a running mean. */
  statistic(name: string, shape: readonly number[], initial: Initial): Value {
    return this.#slot({ name, shape, kind: 'statistic', initial });
  }

  /** Applies dropout in training, with random numbers from the input `name.uniform`. Has no effect in inference. */
  dropout(name: string, x: Value, rate: number): Value {
    if (this.mode === 'inference') return x;
    return dropout(this.graph, x, this.#uniforms(name, x.shape), rate);
  }

  /** Applies stochastic depth in training: keeps or drops x [B, ...] of a whole record. Has no effect in inference. */
  stochasticDepth(name: string, x: Value, rate: number): Value {
    if (this.mode === 'inference') return x;
    const perRecord = x.shape.map((dim, axis) => (axis === 0 ? dim : 1));
    return stochasticDepth(this.graph, x, this.#uniforms(name, perRecord), rate);
  }

  #uniforms(name: string, shape: Shape): Value {
    const uniforms = this.graph.input(`${name}.uniform`, 'float32', shape);
    this.uniforms.push(uniforms);
    return uniforms;
  }

  #slot(slot: Omit<Slot, 'value'>): Value {
    if (this.slots.some(({ name }) => name === slot.name)) {
      throw graphError(`the network has two tensors called ${slot.name}; give each layer its own name`);
    }
    const value = this.#source(this.graph, slot);
    this.slots.push({ ...slot, value });
    return value;
  }
}
