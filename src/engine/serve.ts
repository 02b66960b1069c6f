// The part of an engine that runs in the worker thread; thread.ts is the part in the calling thread. Answers requests in
// order and keeps sessions by number. Each engine implements sessions; this file checks their states for all engines.

import { parentPort } from 'node:worker_threads';
import type { EngineOptions, Program, State, StateSlot, TensorData } from './engine.js';
import type { WorkerReply, WorkerRequest } from './thread.js';

/** A loaded program and its state, in the worker. It throws plain errors; the calling thread adds the error code. */
export interface Session {
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** Returns a copy of the state. */
  getState(): State;
  /** Replaces slots. Names and sizes are already checked. */
  setState(state: State): void;
  release(): void | Promise<void>;
}

/** Creates the sessions of an engine. */
export interface SessionMaker {
  /** Loads the packages of the engine. */
  open?(): Promise<void>;
  /** Loads a program. `state` contains every slot with its correct size. */
  load(program: Program, state: State, options: EngineOptions): Promise<Session>;
}

/** Answers the requests of the calling thread as long as this thread lives. */
export function serve(maker: SessionMaker): void {
  const sessions = new Map<number, { program: Program; session: Session; spentMs: number }>();
  let count = 0;

  const answer = async (request: WorkerRequest): Promise<unknown> => {
    if (request.kind === 'end') return undefined;
    if (request.kind === 'open') return maker.open?.();
    if (request.kind === 'load') {
      const { program, state, options } = request;
      expectInitial(program, state);
      sessions.set(count, { program, session: await maker.load(program, state, options), spentMs: 0 });
      return count++;
    }
    const found = sessions.get(request.session);
    if (found === undefined) throw new Error('the execution is closed; load the program again');
    const { program, session } = found;
    if (request.kind === 'run') {
      for (const { name } of program.inputs) {
        if (request.feeds[name] === undefined)
          throw new Error(`the run has no input "${name}"; feed every input of the program`);
      }
      const start = performance.now();
      const outputs = await session.run(request.feeds);
      found.spentMs += performance.now() - start;
      return outputs;
    }
    if (request.kind === 'spentMs') return found.spentMs;
    if (request.kind === 'getState') return session.getState();
    if (request.kind === 'setState') {
      expectOwn(program, request.state);
      return session.setState(request.state);
    }
    sessions.delete(request.session);
    return session.release();
  };

  // One request at a time, in order, so that the state does not change during a run.
  let queue: Promise<unknown> = Promise.resolve();
  let isEnding = false;
  const port = parentPort!;
  port.on('message', ({ id, request }: { id: number; request: WorkerRequest }) => {
    if (request.kind === 'end') isEnding = true;
    queue = queue.then(async () => {
      if (isEnding && request.kind !== 'end') return;
      const reply: WorkerReply = await answer(request).then(
        (result) => ({ id, result }),
        (error: Error) => ({ id, error: error.message }),
      );
      port.postMessage(reply);
    });
  });
}

/** Returns the number of values of a slot. */
export function elementCount({ shape }: StateSlot): number {
  return shape.reduce<number>((size, dim) => size * Number(dim), 1);
}

function expectInitial(program: Program, state: State): void {
  for (const slot of program.state) {
    const given = state.get(slot.name);
    if (given === undefined)
      throw new Error(`the initial state has no "${slot.name}"; give every slot a value`);
    expectSize(slot, given);
  }
}

function expectOwn(program: Program, state: State): void {
  const slots = new Map(program.state.map((slot) => [slot.name, slot]));
  for (const [name, values] of state) {
    const slot = slots.get(name);
    if (slot === undefined)
      throw new Error(`the program has no state "${name}"; pass only slots of the program`);
    expectSize(slot, values);
  }
}

function expectSize(slot: StateSlot, values: Float32Array): void {
  if (values.length !== elementCount(slot))
    throw new Error(`state "${slot.name}" is [${slot.shape.join(', ')}], got ${values.length} values`);
}
