// Makes weights for tests of untrained networks. They are the initial weights of a seed, with two changes, so that
// every weight affects the result:
//   - A tensor that starts with equal values, such as a scale of ones or a bias of zeros, gets different values.
//   - The running statistics are those of a batch of noise. Otherwise the signal vanishes or grows from layer to layer.

import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { Graph, sizeOf } from '#lib/graph/graph.js';
import { encodeModel } from '#lib/graph/proto.js';
import type { ModelPlan } from '#lib/model/program.js';
import { buildNetwork, resolveArch } from '#lib/nn/models/index.js';
import { Net } from '#lib/nn/net.js';
import { binary } from '#lib/signal/outputs.js';

/** Returns the weights and the running statistics of the network of a plan. */
export async function someState(plan: ModelPlan, seed: number, engine: Engine): Promise<State> {
  const { slots } = network(plan, 'inference', 'N');
  const state = new Map(
    slots.map(({ name, shape, kind, initial }) => {
      const values = initial(seed, name, sizeOf(shape));
      if (kind === 'statistic') return [name, values.fill(0)];
      const stream = randomStream(seed, 'varied', name);
      const isEven = values.every((value) => value === values[0]);
      return [name, isEven ? values.map((value) => value + stream.uniform() / 4) : values];
    }),
  );
  if (slots.some(({ kind }) => kind === 'statistic')) {
    for (const [name, values] of await statistics(plan, state, engine)) state.set(name, values);
  }
  return state;
}

/** Returns noise as the input of a network, [count, leads, L]. */
export function someRecords({ leads = 1, lengthSamples }: ModelPlan, count: number): Float32Array {
  const stream = randomStream(1, 'records', leads, lengthSamples);
  return Float32Array.from({ length: count * leads * lengthSamples }, () => stream.normal());
}

function network(plan: ModelPlan, mode: 'training' | 'inference', batch: number | string): Net {
  const { arch, options = {}, lengthSamples, leads = 1, outputs = binary } = plan;
  const net = new Net(new Graph(mode), mode, (graph, { name, shape }) => graph.input(name, 'float32', shape));
  const ecg = net.graph.input('ecg', 'float32', [batch, leads, lengthSamples]);
  buildNetwork(net, ecg, resolveArch(arch), options, outputs);
  return net;
}

/**
 * Returns the running statistics of a batch of noise. A training step moves them from 0 by a tenth of the way to those
 * of the batch, so the result is multiplied by ten.
 */
async function statistics(plan: ModelPlan, state: State, engine: Engine): Promise<State> {
  const batch = 8;
  const net = network(plan, 'training', batch);
  for (const [name, value] of net.nextStatistics) net.graph.output(`${name}.next`, value);
  const port = (name: string, shape: readonly (number | string)[]) =>
    ({ name, shape, type: 'float32' }) as const;
  const execution = await engine.load(
    {
      bytes: encodeModel(net.graph),
      inputs: net.graph.inputs
        .filter(({ name }) => !state.has(name))
        .map(({ name, shape }) => port(name, shape)),
      outputs: net.graph.outputs.map(({ name, value }) => port(name, value.shape)),
      state: net.slots.map(({ name, shape }) => port(name, shape)),
    },
    state,
    { threads: 1 },
  );
  const shape = [batch, plan.leads ?? 1, plan.lengthSamples];
  const feeds = Object.fromEntries(
    net.uniforms.map(({ name, shape: drawn }) => {
      return [name, { data: new Float32Array(sizeOf(drawn)).fill(0.999), shape: drawn as number[] }];
    }),
  );
  const outputs = await execution.run({ ...feeds, ecg: { data: someRecords(plan, batch), shape } });
  await execution.close();
  return new Map(
    [...net.nextStatistics.keys()].map((name) => [
      name,
      (outputs[`${name}.next`]!.data as Float32Array).map((value) => 10 * value),
    ]),
  );
}
