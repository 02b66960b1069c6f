// Gives an operator of the interpreter access to its node: input tensors, constant inputs and attributes.

import type * as tensorflow from '@tensorflow/tfjs-core';
import type { Constant, DecodedNode } from '../../graph/decode.js';

/** The functions of tfjs. */
export type Tf = typeof tensorflow;
/** A tensor of tfjs. */
export type Tensor = tensorflow.Tensor;

/** Computes the outputs of a node as new tensors, so that the caller may dispose an input and keep an output. */
export type Operator = (call: Call) => Tensor | Tensor[];
/** Operators by their ONNX names. */
export type Operators = Readonly<Record<string, Operator>>;

/** A node to be computed, with its inputs. */
export class Call {
  readonly tf: Tf;
  readonly node: DecodedNode;
  readonly #values: ReadonlyMap<string, Tensor>;
  readonly #constants: ReadonlyMap<string, Constant>;

  constructor(
    tf: Tf,
    node: DecodedNode,
    values: ReadonlyMap<string, Tensor>,
    constants: ReadonlyMap<string, Constant>,
  ) {
    this.tf = tf;
    this.node = node;
    this.#values = values;
    this.#constants = constants;
  }

  /** Number of inputs, including omitted ones between others. */
  get inputCount(): number {
    return this.node.inputs.length;
  }

  /** Returns a required input. */
  tensor(index: number): Tensor {
    return this.optional(index) ?? this.refuse(`without its input ${index}`);
  }

  /** Returns an input, or undefined if it is omitted. */
  optional(index: number): Tensor | undefined {
    const name = this.node.inputs[index];
    if (name === undefined || name === '') return undefined;
    return this.#values.get(name) ?? this.refuse(`before "${name}" is known`);
  }

  /** States whether an input is a constant of the program. */
  isConstant(index: number): boolean {
    return this.#constants.has(this.node.inputs[index] ?? '');
  }

  /** Returns an input of constant numbers (axes, shapes, bounds), or undefined if it is omitted. */
  numbers(index: number): number[] | undefined {
    const name = this.node.inputs[index];
    if (name === undefined || name === '') return undefined;
    const constant = this.#constants.get(name) ?? this.refuse(`whose input ${index} is not a constant`);
    return Array.from(constant.data as Float32Array, Number);
  }

  /** Returns a whole-number attribute, or `absent` if the node does not have it. */
  whole(name: string, absent: number): number {
    const value = this.node.attributes[name] ?? absent;
    return typeof value === 'number' ? value : this.refuse(`whose ${name} is not a whole number`);
  }

  /** Returns an attribute that is a list of whole numbers, or undefined if the node does not have it. */
  wholes(name: string): number[] | undefined {
    const value = this.node.attributes[name];
    if (value === undefined || Array.isArray(value)) return value;
    return this.refuse(`whose ${name} is not a list of whole numbers`);
  }

  /** Returns a float attribute, or `absent` if the node does not have it. */
  decimal(name: string, absent: number): number {
    const value = this.node.attributes[name] ?? { float: absent };
    return typeof value === 'object' && 'float' in value
      ? value.float
      : this.refuse(`whose ${name} is not a float`);
  }

  /** Returns a string attribute, or `absent` if the node does not have it. */
  word(name: string, absent: string): string {
    const value = this.node.attributes[name] ?? absent;
    return typeof value === 'string' ? value : this.refuse(`whose ${name} is not a string`);
  }

  /** Throws an error that says why this engine cannot interpret the node. */
  refuse(why: string): never {
    const { type, outputs } = this.node;
    throw new Error(
      `the tensorflow engine cannot interpret ${type} (node ${outputs[0]}) ${why}; run this program on onnxruntime`,
    );
  }
}

/** Converts an axis that may be counted from the end to one counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Broadcasts `x` to `shape`. tfjs can differentiate the product with ones for any rank. */
export function spreadTo(tf: Tf, x: Tensor, shape: readonly number[]): Tensor {
  if (x.dtype !== 'float32') return tf.broadcastTo(x, shape as number[]);
  return tf.mul(x, tf.ones(shape as number[]));
}

/** Computes f(...inputs) with a gradient of zero, for comparisons and constants: they have no gradient, but tfjs
 * requires one. */
export function still(tf: Tf, f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return tf.customGrad((...given) => ({
    value: f(...(given.slice(0, inputs.length) as Tensor[])),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }))(...inputs);
}
