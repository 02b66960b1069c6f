// The interface of an execution engine. An engine runs a graph and keeps its state (weights, moments, running statistics)
// between runs. It does not know losses, epochs or data.

import type { DType, Shape } from '../graph/graph.js';

/** An input or output tensor: row-major values and their shape. */
export interface TensorData {
  /** Values in row-major order; their number is the product of `shape`. A boolean is a byte, 0 or 1. */
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
  /** Length of each dimension, the outermost first; empty for a scalar. */
  readonly shape: readonly number[];
}

/** A named input or output of a program. A dimension given as a string is free (the batch). */
export interface Port {
  /** Name of the tensor in the graph, unique within the program. */
  readonly name: string;
  /** Number format of the elements. */
  readonly type: DType;
  /** Length of each dimension, the outermost first; a string names a free dimension. */
  readonly shape: Shape;
}

/** A part of the state. A run reads it as input `name` and, if `next` is given, replaces it by the output `next`. */
export interface StateSlot extends Port {
  /** Number format of the values; all state is float32. */
  readonly type: 'float32';
  /** Name of the output whose values replace the slot after a run; if undefined, runs do not change the slot. */
  readonly next?: string;
}

/** An ONNX graph with its inputs, outputs and state. `inputs` and `outputs` do not contain the state. */
export interface Program {
  /** The serialised ONNX model. */
  readonly bytes: Uint8Array;
  /** Tensors that the caller gives to each run, besides the state. */
  readonly inputs: readonly Port[];
  /** Tensors that each run returns, besides the state. */
  readonly outputs: readonly Port[];
  /** Tensors that the engine keeps between runs: weights, moments and running statistics. */
  readonly state: readonly StateSlot[];
  /** The derivative that a training step computes; undefined for other programs. */
  readonly derivative?: Derivative;
}

/**
 * The derivative in a program, by names in its graph: `gradients[i]` is the derivative of `loss` with respect to
 * `wanted[i]`. An engine with automatic differentiation computes the gradients itself and skips the nodes that would
 * compute them.
 */
export interface Derivative {
  /** Name of the scalar tensor that is differentiated. */
  readonly loss: string;
  /** Names of the tensors with respect to which `loss` is differentiated. */
  readonly wanted: readonly string[];
  /** Names of the tensors that receive the derivatives, as many as `wanted` and in the same order. */
  readonly gradients: readonly string[];
  /** Names of tensors that count as constants in the derivative; default none. */
  readonly constants?: readonly string[];
}

/** Values of the state, by name of the slot. */
export type State = Map<string, Float32Array>;

/** A loaded program with its state. */
export interface Execution {
  /**
   * Runs the program once without blocking the event loop, and advances the state that has a `next`.
   *
   * @param feeds - One tensor per input of the program, by name, without the state.
   * @returns One tensor per output of the program, by name.
   * @throws PqrstError ERR_ENGINE: when an input is missing or has a wrong shape, or the engine fails.
   */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** Returns a copy of the whole state. */
  getState(): Promise<State>;
  /**
   * Replaces the named slots and keeps the others. Every name must exist and every size must match.
   *
   * @param state - Row-major values by name of the slot.
   */
  setState(state: State): Promise<void>;
  /** Returns the milliseconds that all runs took in the thread of the engine, without messages, copies and waiting. */
  spentMs(): Promise<number>;
  /** Releases the program and its state. */
  close(): Promise<void>;
}

/** Options of `Engine.load`. */
export interface EngineOptions {
  /** Number of threads per operator; default the number of cores. The result must not depend on it. */
  readonly threads?: number;
}

/** Hardware that an engine computes on. */
export type Device = 'cpu' | 'cuda' | 'webgpu';

/** An execution engine. `openEngine` opens one. */
export interface Engine {
  /** Name of the engine, for reports. */
  readonly name: string;
  /** Device that the engine computes on. */
  readonly device: Device;
  /** Why this device was chosen, as text for the user. */
  readonly deviceReason?: string;
  /**
   * Number of training steps that should share one run; default 1. More than 1 if each run copies the state to a device
   * and back.
   */
  readonly stepsPerRun?: number;
  /**
   * Compiles a program and sets its initial state.
   *
   * @param program - The ONNX graph to compile, with its inputs, outputs and state.
   * @param state - Row-major initial values of every slot of the program, by name of the slot.
   * @param options - Number of threads per operator; default the number of cores.
   * @returns The compiled program, which keeps its own copy of the state. Close it after use.
   * @throws PqrstError ERR_ENGINE: when the program cannot be compiled or the state does not fit it.
   */
  load(program: Program, state: State, options?: EngineOptions): Promise<Execution>;
  /** Releases worker threads; executions must be closed first. */
  close(): Promise<void>;
}
