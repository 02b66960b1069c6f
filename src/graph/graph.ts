// A graph of ONNX operators under construction, with static shapes and a tape for reverse-mode differentiation.
// The graph computes nothing. Operators (one per file in ops/) append nodes and define how gradients flow back.
// A dimension given as a string is free (the batch of an inference graph); every other dimension is a number.

import { PqrstError } from '../base/errors.js';

/** A dimension: a number, or the name of a free dimension. */
export type Dim = number | string;
/** The dimensions of a tensor. */
export type Shape = readonly Dim[];
/** Element type of a tensor. */
export type DType = 'float32' | 'int64' | 'int32' | 'bool' | 'float16' | 'int8' | 'uint8';
/** Elements of a tensor. float16 values are stored as their bits. */
export type TypedData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array | Int8Array;

/** A tensor, identified by its name: the output of a node, an input, or an initializer. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Type and shape of an output. */
export interface Signature {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** An attribute: a number is an ONNX INT, `{ float }` a FLOAT, an array INTS, a string STRING, `{ graph }` a GRAPH. */
export type Attribute =
  | number
  | { readonly float: number }
  | readonly number[]
  | string
  | { readonly graph: GraphContent };
/** The attributes of a node, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** An operator with its inputs and outputs. */
export interface Node {
  readonly type: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A constant that is stored in the file. */
export interface Initializer extends Value {
  readonly data: TypedData;
}

/** An output of the graph: `value` under another name. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** Appends nodes that compute the gradients of the inputs from those of the outputs; undefined means no gradient. */
export type Gradient = (...dOutputs: (Value | undefined)[]) => readonly (Value | undefined)[];

/** Describes how gradients flow through one operator. */
export interface TapeEntry {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly gradient: Gradient;
}

/** The parts of a graph that are serialised. */
export type GraphContent = Pick<Graph, 'name' | 'nodes' | 'inputs' | 'outputs' | 'initializers'>;

/** A graph under construction. */
export class Graph {
  readonly name: string;
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: GraphOutput[] = [];
  readonly initializers: Initializer[] = [];
  readonly tape: TapeEntry[] = [];
  /** Values that count as constants in gradients (`detach`). */
  readonly detached: Value[] = [];
  readonly #names = new Set<string>();
  readonly #emitted = new Map<string, readonly Value[]>();
  #recording = true;

  constructor(name: string) {
    this.name = name;
  }

  /** Adds a named input. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = { name: this.#claim(name), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** Adds a named constant that is stored in the file. A Uint8Array has type bool unless `dtype` is given. */
  initializer(name: string, data: TypedData, shape: readonly number[], dtype = dtypeOf(data)): Value {
    if (sizeOf(shape) !== data.length) {
      throw graphError(`initializer ${name} has ${data.length} values for shape [${shape.join(', ')}]`);
    }
    const value = { name: this.#claim(name), dtype, shape, data };
    this.initializers.push(value);
    return value;
  }

  /** Returns an unnamed float constant, created once for equal values. A number without `shape` gives a scalar. */
  constant(values: number | readonly number[], shape?: readonly number[]): Value {
    const data = Float32Array.from(typeof values === 'number' ? [values] : values);
    return this.#shared(data, shape ?? (typeof values === 'number' ? [] : [data.length]));
  }

  /** Returns an unnamed int64 vector (axes, shapes, offsets), created once for equal values. */
  integers(values: readonly number[]): Value {
    return this.#shared(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Appends a node. The same operator with the same inputs and attributes is created once. */
  emit(
    type: string,
    inputs: readonly Value[],
    signatures: readonly Signature[],
    attributes: Attributes = {},
  ): Value[] {
    const key = JSON.stringify([type, inputs.map((input) => input.name), attributes]);
    const known = this.#emitted.get(key);
    if (known !== undefined && known.length >= signatures.length) return [...known];
    const outputs = signatures.map(({ dtype, shape }) => ({
      name: this.#claim(this.#fresh(type)),
      dtype,
      shape,
    }));
    this.nodes.push({ type, inputs, outputs, attributes });
    this.#emitted.set(key, outputs);
    return outputs;
  }

  /** Appends a node with one output. */
  emitOne(type: string, inputs: readonly Value[], signature: Signature, attributes: Attributes = {}): Value {
    return this.emit(type, inputs, [signature], attributes)[0]!;
  }

  /** Records how gradients flow from `outputs` back to `inputs`. Has no effect while a gradient is being built. */
  record(inputs: readonly Value[], outputs: readonly Value[], gradient: Gradient): void {
    if (this.#recording) this.tape.push({ inputs, outputs, gradient });
  }

  /** Runs `body` without recording: for gradients, and for composite operators that record their own gradient. */
  unrecorded<T>(body: () => T): T {
    const before = this.#recording;
    this.#recording = false;
    try {
      return body();
    } finally {
      this.#recording = before;
    }
  }

  /** Makes `value` an output of the graph under `name`. */
  output(name: string, value: Value): void {
    this.outputs.push({ name: this.#claim(name), value });
  }

  #shared(data: Float32Array | BigInt64Array, shape: readonly number[]): Value {
    const key = JSON.stringify([dtypeOf(data), shape, Array.from(data, String)]);
    const known = this.#emitted.get(key);
    if (known !== undefined) return known[0]!;
    const value = this.initializer(this.#fresh('constant'), data, shape);
    this.#emitted.set(key, [value]);
    return value;
  }

  #claim(name: string): string {
    if (name === '' || this.#names.has(name)) {
      throw graphError(
        `the name "${name}" is empty or taken in graph ${this.name}; give every value its own name`,
      );
    }
    this.#names.add(name);
    return name;
  }

  #fresh(type: string): string {
    let count = this.#names.size;
    while (this.#names.has(`${type}#${count}`)) count++;
    return `${type}#${count}`;
  }
}

/**
 * Returns the number of elements of a static shape.
 *
 * @throws PqrstError ERR_GRAPH: when a dimension is free.
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce<number>((size, dim) => size * fixed(dim), 1);
}

/**
 * Returns a dimension as a number.
 *
 * @throws PqrstError ERR_GRAPH: when the dimension is free.
 */
export function fixed(dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim;
  throw graphError(`dimension "${dim}" is free, a fixed number is needed here`);
}

/** Returns an ERR_GRAPH error. */
export function graphError(message: string): PqrstError {
  return new PqrstError('ERR_GRAPH', message);
}

/**
 * Checks that `value` has `rank` dimensions.
 *
 * @throws PqrstError ERR_GRAPH: when it has more or fewer.
 */
export function expectRank(operator: string, value: Value, rank: number): void {
  if (value.shape.length !== rank) {
    throw graphError(`${operator} takes ${rank} dimensions, ${value.name} is [${value.shape.join(', ')}]`);
  }
}

function dtypeOf(data: TypedData): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint16Array) return 'float16';
  return data instanceof Int8Array ? 'int8' : 'bool';
}
