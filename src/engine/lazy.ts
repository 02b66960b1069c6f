// An engine that loads a program when it is first run: for a caller that usually needs only what a file states.

import type { Engine, Execution } from './engine.js';

/** Returns an engine whose programs are loaded by the first call that needs them. */
export function lazyEngine(engine: Engine): Engine {
  return {
    ...engine,
    async load(program, state, options) {
      let loaded: Promise<Execution> | undefined;
      const execution = () => {
        loaded ??= engine.load(program, state, options);
        return loaded;
      };
      return {
        run: async (feeds) => (await execution()).run(feeds),
        getState: async () => (await execution()).getState(),
        setState: async (next) => (await execution()).setState(next),
        spentMs: async () => (await execution()).spentMs(),
        close: async () => (await loaded)?.close(),
      };
    },
  };
}
