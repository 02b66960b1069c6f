// Weights for tests that train nothing: those of the seed, and where a tensor begins as one number throughout (a
// normalisation's scale, a bias of zeros) something that the answers depend on. Running statistics are those of a batch
// of noise, without which a signal dies away or grows from layer to layer.

import { randomStream } from '#lib/base/random.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { Graph, sizeOf } from '#lib/graph/graph.js';
import { encodeModel } from '#lib/graph/proto.js';
import type { ModelPlan } from '#lib/model/program.js';
import { buildNetwork, resolveArch } from '#lib/nn/models/index.js';
import { Net } from '#lib/nn/net.js';
import { binary } from '#lib/signal/outputs.js';

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

/** [count, leads, L] of noise. */
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

/** Running statistics that began at 0 and went a tenth of the way to those of a batch, times ten. */
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
