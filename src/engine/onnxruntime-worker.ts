// The far side of the onnxruntime engine: sessions and their state, in a worker thread.
// State that a run replaces has two sets of buffers: a run reads one and writes the other, then they change places,
// so a step allocates nothing for it and a failed step leaves the state as it was.

import { availableParallelism } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Program, State, StateSlot, TensorData } from './engine.js';
import type { WorkerReply, WorkerRequest } from './onnxruntime.js';

interface Session {
  readonly inference: InferenceSession;
  readonly program: Program;
  /** By slot: what the next run reads, and what it writes (the same where it does not advance). */
  readonly slots: { readonly slot: StateSlot; current: Tensor; other: Tensor }[];
}

const sessions = new Map<number, Session>();
let sessionCount = 0;

async function load(program: Program, state: State, threads: number | undefined): Promise<number> {
  const slots = program.state.map((slot) => {
    const given = state.get(slot.name);
    if (given === undefined)
      throw new Error(`the initial state has no "${slot.name}"; give every slot a value`);
    const size = elementCount(slot);
    if (given.length !== size) throw new Error(sizeSentence(slot, given.length));
    const current = new Tensor('float32', Float32Array.from(given), slot.shape as number[]);
    const other = slot.next ? new Tensor('float32', new Float32Array(size), slot.shape as number[]) : current;
    return { slot, current, other };
  });
  const inference = await InferenceSession.create(program.bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A waiting thread sleeps: the cores are shared with the synthesis of the next batch (measured, 2 busy cores: a
    // step of ResNet-18 took 505 ms asleep, 600 ms spinning, and two thirds of the processor time).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: 3,
  });
  sessions.set(sessionCount, { inference, program, slots });
  return sessionCount++;
}

async function run(
  session: Session,
  given: Readonly<Record<string, TensorData>>,
): Promise<Record<string, TensorData>> {
  const { inference, program, slots } = session;
  const feeds: Record<string, Tensor> = {};
  for (const { name, type } of program.inputs) {
    const tensor = given[name];
    if (tensor === undefined)
      throw new Error(`the run has no input "${name}"; feed every input of the program`);
    feeds[name] = new Tensor(type, tensor.data as Float32Array, tensor.shape);
  }
  const fetches: Record<string, Tensor | null> = {};
  for (const { name } of program.outputs) fetches[name] = null;
  for (const { slot, current, other } of slots) {
    feeds[slot.name] = current;
    if (slot.next !== undefined) fetches[slot.next] = other;
  }
  const results = await inference.run(feeds, fetches);
  for (const pair of session.slots) [pair.current, pair.other] = [pair.other, pair.current];
  const outputs: Record<string, TensorData> = {};
  for (const { name } of program.outputs) {
    const { data, dims } = results[name]!;
    outputs[name] = { data: (data as Float32Array).slice(), shape: dims };
  }
  return outputs;
}

function getState({ slots }: Session): State {
  return new Map(slots.map(({ slot, current }) => [slot.name, (current.data as Float32Array).slice()]));
}

function setState({ slots }: Session, state: State): void {
  const byName = new Map(slots.map((pair) => [pair.slot.name, pair]));
  for (const [name, values] of state) {
    const pair = byName.get(name);
    if (pair === undefined)
      throw new Error(`the program has no state "${name}"; hand over only its own slots`);
    if (values.length !== elementCount(pair.slot)) throw new Error(sizeSentence(pair.slot, values.length));
  }
  for (const [name, values] of state) (byName.get(name)!.current.data as Float32Array).set(values);
}

async function answer(request: WorkerRequest): Promise<unknown> {
  if (request.kind === 'load') return load(request.program, request.state, request.threads);
  const session = sessions.get(request.session);
  if (session === undefined) throw new Error('the execution is closed; load the program again');
  if (request.kind === 'run') return run(session, request.feeds);
  if (request.kind === 'getState') return getState(session);
  if (request.kind === 'setState') return setState(session, request.state);
  sessions.delete(request.session);
  return session.inference.release();
}

function elementCount({ shape }: StateSlot): number {
  return shape.reduce<number>((size, dim) => size * Number(dim), 1);
}

function sizeSentence(slot: StateSlot, got: number): string {
  return `state "${slot.name}" is [${slot.shape.join(', ')}], got ${got} values`;
}

// One request at a time, in order: a run that is under way never sees its state change.
let queue: Promise<unknown> = Promise.resolve();
const port = parentPort!;
port.on('message', ({ id, request }: { id: number; request: WorkerRequest }) => {
  queue = queue.then(async () => {
    const reply: WorkerReply = await answer(request).then(
      (result) => ({ id, result }),
      (error: Error) => ({ id, error: error.message }),
    );
    port.postMessage(reply);
  });
});
