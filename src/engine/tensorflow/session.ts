// Interprets a program. State and constants stay in memory as tensors; all other tensors are disposed after each run.
// A failed run does not change the state.

import type { Port, Program, State, TensorData } from '../engine.js';
import type { Session } from '../serve.js';
import { Call, still, type Tensor, type Tf } from './call.js';
import { operators } from './operators.js';
import { type Plan, planOf } from './plan.js';

/** Loads a program on the active backend of `tf`. `initial` contains every slot with its correct size. */
export function interpret(tf: Tf, program: Program, initial: State): Session {
  const plan = planOf(program);
  const constants = new Map<string, Tensor>();
  for (const [name, { data, shape, dtype }] of plan.constants)
    constants.set(
      name,
      tensorOf(tf, { name, type: dtype as Port['type'], shape }, { data: data as never, shape }),
    );
  const state = new Map<string, Tensor>();
  const replace = (name: string, next: Tensor) => {
    state.get(name)?.dispose();
    state.set(name, next);
  };
  const setState = (values: State): void => {
    for (const slot of program.state) {
      const data = values.get(slot.name);
      if (data !== undefined)
        replace(slot.name, tensorOf(tf, slot, { data: data.slice(), shape: slot.shape as number[] }));
    }
  };
  setState(initial);
  return {
    async run(feeds) {
      const results = evaluate(tf, program, plan, new Map([...constants, ...state]), feeds);
      const outputs: Record<string, TensorData> = {};
      for (const port of program.outputs) outputs[port.name] = dataOf(port, results.get(port.name)!);
      for (const { name, next } of program.state) {
        if (next === undefined) continue;
        replace(name, results.get(next)!);
        results.delete(next);
      }
      for (const left of results.values()) left.dispose();
      return outputs;
    },
    getState: () =>
      new Map([...state].map(([name, tensor]) => [name, (tensor.dataSync() as Float32Array).slice()])),
    setState,
    release() {
      for (const tensor of [...constants.values(), ...state.values()]) tensor.dispose();
    },
  };
}

/** Runs the program once and returns outputs and next state by name. All other tensors of the run are disposed. */
function evaluate(
  tf: Tf,
  program: Program,
  plan: Plan,
  values: Map<string, Tensor>,
  feeds: Readonly<Record<string, TensorData>>,
): Map<string, Tensor> {
  const bridge = new Map<string, Tensor>();
  try {
    const results = tf.tidy(() => {
      for (const port of program.inputs) {
        expectShape(port, feeds[port.name]!);
        values.set(port.name, tensorOf(tf, port, feeds[port.name]!));
      }
      if (program.derivative !== undefined) derive(tf, program.derivative, plan, values, bridge);
      execute(tf, plan.rest, plan, values);
      // A value may be several results or be used elsewhere, so each result is a separate tensor.
      return plan.results.map((name) => tf.clone(values.get(name)!));
    });
    return new Map(plan.results.map((name, at) => [name, results[at]!]));
  } finally {
    for (const tensor of bridge.values()) tensor.dispose();
  }
}

/**
 * Adds loss, gradients and bridge to `values`. The tensors of the bridge survive the scope of tfjs; the caller must dispose
 * them.
 */
function derive(
  tf: Tf,
  { loss, wanted, gradients, constants = [] }: NonNullable<Program['derivative']>,
  plan: Plan,
  values: Map<string, Tensor>,
  bridge: Map<string, Tensor>,
): void {
  const lossOf = (...given: Tensor[]): Tensor => {
    const local = new Map(values);
    wanted.forEach((name, at) => {
      local.set(name, given[at]!);
    });
    execute(tf, plan.taped, plan, local, new Set(constants));
    for (const name of plan.bridge) bridge.set(name, tf.keep(local.get(name)!));
    return local.get(loss)!;
  };
  const { value, grads } = tf.valueAndGrads(lossOf as never)(wanted.map((name) => values.get(name)!));
  for (const [name, tensor] of bridge) values.set(name, tensor);
  values.set(loss, value);
  gradients.forEach((name, at) => {
    values.set(name, grads[at]!);
  });
}

/** Runs `nodes` and adds their outputs to `values`. Those in `fixed` get a gradient of zero. */
function execute(
  tf: Tf,
  nodes: readonly Plan['rest'][number][],
  plan: Plan,
  values: Map<string, Tensor>,
  fixed: ReadonlySet<string> = new Set(),
): void {
  for (const node of nodes) {
    const made = [operators[node.type]!(new Call(tf, node, values, plan.constants))].flat();
    node.outputs.forEach((name, at) => {
      if (name === '') return;
      if (made[at] === undefined) throw new Error(`${node.type} gave no output ${at} (${name})`);
      values.set(name, fixed.has(name) ? still(tf, (x) => tf.clone(x!), made[at]) : made[at]);
    });
  }
}

function expectShape({ name, shape }: Port, { data, shape: given }: TensorData): void {
  const fits =
    shape.length === given.length && shape.every((dim, at) => typeof dim === 'string' || dim === given[at]);
  if (!fits || given.reduce((size, dim) => size * dim, 1) !== data.length) {
    throw new Error(
      `the input "${name}" is [${shape.join(', ')}], got ${data.length} values as [${given.join(', ')}]`,
    );
  }
}

/** tfjs types of the supported types. tfjs has no 64-bit integers; indices and sizes fit into 32 bits. */
const types: Partial<Record<Port['type'], 'float32' | 'int32' | 'bool'>> = {
  float32: 'float32',
  int64: 'int32',
  int32: 'int32',
  bool: 'bool',
};

function tensorOf(tf: Tf, { name, type }: Port, { data, shape }: TensorData): Tensor {
  const known = types[type];
  if (known === undefined)
    throw new Error(`the tensorflow engine does not support the type ${type} of "${name}"`);
  const values = data instanceof BigInt64Array ? Int32Array.from(data, Number) : data;
  return tf.tensor(values as Float32Array, shape as number[], known);
}

function dataOf({ type }: Port, tensor: Tensor): TensorData {
  const data = tensor.dataSync();
  const copy = type === 'int64' ? BigInt64Array.from(data, BigInt) : data.slice();
  return { data: copy as TensorData['data'], shape: tensor.shape };
}
