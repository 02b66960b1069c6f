// A network under construction: a graph, the mode it is built for, and where its named tensors come from.
// It knows no loss and no optimiser; it remembers what it asked for, so that others can feed, train or store it.

import { type Graph, graphError, type Shape, type Value } from '../graph/graph.js';
import { dropout } from '../graph/ops/dropout.js';
import { stochasticDepth } from '../graph/ops/stochastic-depth.js';
import type { Initial } from './init.js';

/** A named tensor of the network: `weight` is trained by gradients, `statistic` follows the batches. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'weight' | 'statistic';
  readonly initial: Initial;
  readonly value: Value;
}

/** Makes the value of a slot: an input of the graph, or an initializer with trained values. */
export type SlotSource = (graph: Graph, slot: Omit<Slot, 'value'>) => Value;

export class Net {
  readonly graph: Graph;
  readonly mode: 'training' | 'inference';
  readonly slots: Slot[] = [];
  /** Statistics after this batch, by slot name (training only). */
  readonly nextStatistics = new Map<string, Value>();
  /** Inputs that take uniform draws in [0, 1) (training only). */
  readonly uniforms: Value[] = [];
  readonly #source: SlotSource;

  constructor(graph: Graph, mode: 'training' | 'inference', source: SlotSource) {
    this.graph = graph;
    this.mode = mode;
    this.#source = source;
  }

  weight(name: string, shape: readonly number[], initial: Initial): Value {
    return this.#slot({ name, shape, kind: 'weight', initial });
  }

  statistic(name: string, shape: readonly number[], initial: Initial): Value {
    return this.#slot({ name, shape, kind: 'statistic', initial });
  }

  /** Dropout in training by draws from the input `name.uniform`; nothing in inference. */
  dropout(name: string, x: Value, rate: number): Value {
    if (this.mode === 'inference') return x;
    return dropout(this.graph, x, this.#uniforms(name, x.shape), rate);
  }

  /** Stochastic depth in training: x [B, ...] of a record is kept or dropped whole; nothing in inference. */
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
