// The sessions of the onnxruntime engine and their state. A run blocks its thread, so they belong into a worker thread:
// that of the engine (onnxruntime-worker.ts), or one that has further work (sameThreadEngine).
// State that a run replaces has two sets of buffers. A run reads one set and writes the other; then they are exchanged.
// Therefore a step allocates no memory for the state, and a failed step does not change it.

import { availableParallelism } from 'node:os';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Device, EngineOptions, Program, State, StateSlot, TensorData } from './engine.js';
import { elementCount, type Session } from './serve.js';
import { flawedNodes } from './webgpu-flaws.js';

/** The buffer that the next run reads and the one that it writes; both are the same if the slot does not advance. */
interface Pair {
  readonly slot: StateSlot;
  current: Tensor;
  other: Tensor;
}

/** The runtime throws every error, so it does not write it to stderr too: 4 is its level for fatal errors. */
const logSeverityLevel = 4;
env.logLevel = 'fatal';

/** Loads a program on a device of this machine. */
export async function loadSession(
  device: Device,
  program: Program,
  state: State,
  { threads }: EngineOptions,
): Promise<Session> {
  const pairs: Pair[] = program.state.map((slot) => {
    const shape = slot.shape as number[];
    const current = new Tensor('float32', Float32Array.from(state.get(slot.name)!), shape);
    const other = slot.next ? new Tensor('float32', new Float32Array(elementCount(slot)), shape) : current;
    return { slot, current, other };
  });
  const inference = await InferenceSession.create(program.bytes, {
    // Operators that the device does not support run on the processor.
    executionProviders: device === 'cpu' ? ['cpu'] : [providerOf(program.bytes, device), 'cpu'],
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Waiting threads sleep, because the next batch is made on the same cores. Measured on 2 busy cores: a step of
    // ResNet-18 took 505 ms with sleeping threads and 600 ms with spinning ones, which used 50 % more processor time.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel,
  });
  return {
    run: (feeds) => run(inference, program, pairs, feeds),
    getState: () =>
      new Map(pairs.map(({ slot, current }) => [slot.name, (current.data as Float32Array).slice()])),
    setState(next) {
      for (const { slot, current } of pairs) {
        const values = next.get(slot.name);
        if (values !== undefined) (current.data as Float32Array).set(values);
      }
    },
    release: () => inference.release(),
  };
}

function providerOf(model: Uint8Array, device: Device) {
  const forceCpuNodeNames = device === 'webgpu' ? flawedNodes(model) : [];
  return forceCpuNodeNames.length === 0 ? device : { name: device, forceCpuNodeNames };
}

async function run(
  inference: InferenceSession,
  program: Program,
  pairs: readonly Pair[],
  given: Readonly<Record<string, TensorData>>,
): Promise<Record<string, TensorData>> {
  const feeds: Record<string, Tensor> = {};
  for (const { name, type } of program.inputs) {
    const { data, shape } = given[name]!;
    feeds[name] = new Tensor(type, data as Float32Array, shape);
  }
  const fetches: Record<string, Tensor | null> = {};
  for (const { name } of program.outputs) fetches[name] = null;
  for (const { slot, current, other } of pairs) {
    feeds[slot.name] = current;
    if (slot.next !== undefined) fetches[slot.next] = other;
  }
  const results = await inference.run(feeds, fetches, { logSeverityLevel });
  for (const pair of pairs) [pair.current, pair.other] = [pair.other, pair.current];
  const outputs: Record<string, TensorData> = {};
  for (const { name } of program.outputs) {
    const { data, dims } = results[name]!;
    outputs[name] = { data: (data as Float32Array).slice(), shape: dims };
  }
  return outputs;
}
