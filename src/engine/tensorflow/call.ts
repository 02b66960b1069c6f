// What an operator of the interpreter sees of its node: tensors, whole numbers that are constants, attributes.

import type * as tensorflow from '@tensorflow/tfjs-core';
import type { Constant, DecodedNode } from '../../graph/decode.js';

export type Tf = typeof tensorflow;
export type Tensor = tensorflow.Tensor;

/** A node to the tensors of its outputs, each new: the caller may dispose an input and keep an output. */
export type Operator = (call: Call) => Tensor | Tensor[];
export type Operators = Readonly<Record<string, Operator>>;

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

  get inputCount(): number {
    return this.node.inputs.length;
  }

  /** An input that must be there. */
  tensor(index: number): Tensor {
    return this.optional(index) ?? this.refuse(`without its input ${index}`);
  }

  optional(index: number): Tensor | undefined {
    const name = this.node.inputs[index];
    if (name === undefined || name === '') return undefined;
    return this.#values.get(name) ?? this.refuse(`before "${name}" is known`);
  }

  /** An input of constant numbers (axes, shapes, bounds); undefined where it is left out. */
  numbers(index: number): number[] | undefined {
    const name = this.node.inputs[index];
    if (name === undefined || name === '') return undefined;
    const constant = this.#constants.get(name) ?? this.refuse(`whose input ${index} is no constant`);
    return Array.from(constant.data as Float32Array, Number);
  }

  whole(name: string, absent: number): number {
    const value = this.node.attributes[name] ?? absent;
    return typeof value === 'number' ? value : this.refuse(`whose ${name} is no whole number`);
  }

  wholes(name: string): number[] | undefined {
    const value = this.node.attributes[name];
    if (value === undefined || Array.isArray(value)) return value;
    return this.refuse(`whose ${name} is no list of whole numbers`);
  }

  decimal(name: string, absent: number): number {
    const value = this.node.attributes[name] ?? { float: absent };
    return typeof value === 'object' && 'float' in value
      ? value.float
      : this.refuse(`whose ${name} is no float`);
  }

  word(name: string, absent: string): string {
    const value = this.node.attributes[name] ?? absent;
    return typeof value === 'string' ? value : this.refuse(`whose ${name} is no string`);
  }

  /** Throws: this engine cannot interpret the node, and why. */
  refuse(why: string): never {
    const { type, outputs } = this.node;
    throw new Error(
      `the tensorflow engine cannot interpret ${type} (node ${outputs[0]}) ${why}; run this program on onnxruntime`,
    );
  }
}

/** The axis counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** `x` repeated to `shape` by broadcasting; in this form tfjs derives it for any rank. */
export function spreadTo(tf: Tf, x: Tensor, shape: readonly number[]): Tensor {
  if (x.dtype !== 'float32') return tf.broadcastTo(x, shape as number[]);
  return tf.mul(x, tf.ones(shape as number[]));
}

/** f(...inputs) as a constant to the derivative: comparisons have none, and tfjs asks for it all the same. */
export function still(tf: Tf, f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  const shapes = inputs.map(({ shape }) => shape);
  return tf.customGrad((...given) => ({
    value: f(...(given.slice(0, inputs.length) as Tensor[])),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }))(...inputs);
}
