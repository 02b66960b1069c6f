// An engine with a deliberate error, to test that an export compares its file before it writes it.

import type { Engine, Program, State } from '#lib/engine/engine.js';

/**
 * Returns an engine that adds 2e-4 to the logits of model files, which are programs without state. It runs all other
 * programs as `engine` does.
 */
export function wrongEngine(engine: Engine): Engine {
  return {
    ...engine,
    load: async (program: Program, state: State) => {
      const execution = await engine.load(program, state);
      const isFile = program.outputs.some(({ name }) => name === 'logit') && program.state.length === 0;
      if (!isFile) return execution;
      const run: typeof execution.run = async (feeds) => {
        const outputs = await execution.run(feeds);
        const { data, shape } = outputs.logit!;
        return { logit: { data: (data as Float32Array).map((x) => x + 2e-4), shape } };
      };
      return { ...execution, run };
    },
  };
}
