// A graph of ONNX operators under construction, with static shapes and a tape for reverse-mode differentiation.
// It computes nothing: operators (ops/, one a file) append nodes and say how gradients flow back through them.
// A string dimension (the batch of an inference graph) is free; every other dimension is a number.

import { PqrstError } from '../base/errors.js';

export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = 'float32' | 'int64' | 'int32' | 'bool' | 'float16' | 'int8' | 'uint8';
/** float16 as its bits. */
export type TypedData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array | Int8Array;

/** A tensor that some node makes, or an input, or an initializer; known by its name. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Signature {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A number is an ONNX INT (whole), `{ float }` a FLOAT, an array INTS, a string STRING, `{ graph }` a GRAPH. */
export type Attribute =
  | number
  | { readonly float: number }
  | readonly number[]
  | string
  | { readonly graph: GraphContent };
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly type: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface Initializer extends Value {
  readonly data: TypedData;
}

/** An output of the graph: `value` under another name. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** Gradients of the outputs (undefined: none flows) to gradients of the inputs, as further nodes of the graph. */
export type Gradient = (...dOutputs: (Value | undefined)[]) => readonly (Value | undefined)[];

export interface TapeEntry {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly gradient: Gradient;
}

/** What of a graph is written down. */
export type GraphContent = Pick<Graph, 'name' | 'nodes' | 'inputs' | 'outputs' | 'initializers'>;

export class Graph {
  readonly name: string;
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: GraphOutput[] = [];
  readonly initializers: Initializer[] = [];
  readonly tape: TapeEntry[] = [];
  readonly #names = new Set<string>();
  readonly #emitted = new Map<string, readonly Value[]>();
  #recording = true;

  constructor(name: string) {
    this.name = name;
  }

  /** A named input of the graph. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = { name: this.#claim(name), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A named constant that travels in the file; bytes are bool unless `dtype` says otherwise. */
  initializer(name: string, data: TypedData, shape: readonly number[], dtype = dtypeOf(data)): Value {
    if (sizeOf(shape) !== data.length) {
      throw graphError(`initializer ${name} has ${data.length} values for shape [${shape.join(', ')}]`);
    }
    const value = { name: this.#claim(name), dtype, shape, data };
    this.initializers.push(value);
    return value;
  }

  /** An unnamed float constant, shared by all who ask for the same; a scalar without `shape`. */
  constant(values: number | readonly number[], shape?: readonly number[]): Value {
    const data = Float32Array.from(typeof values === 'number' ? [values] : values);
    return this.#shared(data, shape ?? (typeof values === 'number' ? [] : [data.length]));
  }

  /** An unnamed int64 vector (axes, shapes, offsets), shared likewise. */
  integers(values: readonly number[]): Value {
    return this.#shared(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Appends a node; the same operator on the same inputs with the same attributes is made once. */
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

  /** `emit` for the many operators with one output. */
  emitOne(type: string, inputs: readonly Value[], signature: Signature, attributes: Attributes = {}): Value {
    return this.emit(type, inputs, [signature], attributes)[0]!;
  }

  /** Says how gradients flow from `outputs` back to `inputs`; ignored while a gradient is being built. */
  record(inputs: readonly Value[], outputs: readonly Value[], gradient: Gradient): void {
    if (this.#recording) this.tape.push({ inputs, outputs, gradient });
  }

  /** Runs `body` with the tape stopped: for gradients, and for composites that record a gradient of their own. */
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

/** Number of elements of a static shape; ERR_GRAPH where a dimension is free. */
export function sizeOf(shape: Shape): number {
  return shape.reduce<number>((size, dim) => size * fixed(dim), 1);
}

/** The dimension as a number; ERR_GRAPH where it is free. */
export function fixed(dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim;
  throw graphError(`dimension "${dim}" is free, a fixed number is needed here`);
}

export function graphError(sentence: string): PqrstError {
  return new PqrstError('ERR_GRAPH', sentence);
}

/** ERR_GRAPH unless `value` has `rank` dimensions. */
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
