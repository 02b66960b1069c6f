// What an execution engine is: something that runs a graph whose state (weights, moments, running statistics)
// it keeps between runs. Not a trainer: it knows no loss, no epochs and no data.

import type { DType, Shape } from '../graph/graph.js';

/** A tensor at the border: row-major values and their shape. */
export interface TensorData {
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** A named input or output of a program; a string dimension is free (the batch). */
export interface Port {
  readonly name: string;
  readonly type: DType;
  readonly shape: Shape;
}

/** State that a run reads as input `name` and, where `next` is given, replaces by the output `next`. */
export interface StateSlot extends Port {
  readonly type: 'float32';
  readonly next?: string;
}

/** A serialised ONNX graph and how to drive it. `inputs` and `outputs` exclude the state. */
export interface Program {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly state: readonly StateSlot[];
  /** Only of a training step. */
  readonly derivative?: Derivative;
}

/**
 * Which value of the graph is differentiated, with respect to which, and which values hold the result (names in
 * `bytes`, index by index). An engine with a differentiation of its own computes `gradients` by it and skips the nodes
 * that made them.
 */
export interface Derivative {
  readonly loss: string;
  readonly wanted: readonly string[];
  readonly gradients: readonly string[];
}

export type State = Map<string, Float32Array>;

export interface Execution {
  /** Runs the program once, off the event loop; state with `next` is advanced. Rejects with ERR_ENGINE. */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** A copy of the whole state. */
  getState(): Promise<State>;
  /** Replaces the named slots (all must exist, sizes must match), leaves the others. */
  setState(state: State): Promise<void>;
  /** Milliseconds that all runs so far took in the engine's thread: without messages, copies and waiting in line. */
  spentMs(): Promise<number>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Threads inside an operator; default: the machine's cores. The result must not depend on it. */
  readonly threads?: number;
}

export type Device = 'cpu' | 'cuda' | 'webgpu';

export interface Engine {
  readonly name: string;
  readonly device: Device;
  /** Why that device, in a sentence for a person. */
  readonly deviceReason?: string;
  /**
   * More than 1 where the state crosses over to a device in each run, so that a training does well to take as many
   * steps in one. Default 1.
   */
  readonly stepsPerRun?: number;
  /** Compiles the program with its initial state. */
  load(program: Program, state: State, options?: EngineOptions): Promise<Execution>;
  /** Releases worker threads; executions must be closed first. */
  close(): Promise<void>;
}
