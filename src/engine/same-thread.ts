// The onnxruntime engine in the thread of its caller, whose event loop waits during a run. For worker threads that read,
// prepare and run batches themselves: no batch is then copied from one thread to another.

import { PqrstError } from '../base/errors.js';
import { onOneLine } from '../base/text.js';
import type { Device, Engine } from './engine.js';
import { loadSession } from './onnxruntime-session.js';

/** Returns an engine that loads and runs programs without state in this thread. All its failures are ERR_ENGINE. */
export function sameThreadEngine(device: Device): Engine {
  const failed = (cause: Error) => {
    throw new PqrstError('ERR_ENGINE', onOneLine(cause.message.trim()), { cause });
  };
  return {
    name: 'onnxruntime',
    device,
    async load(program, state, options = {}) {
      const session = await loadSession(device, program, state, options).catch(failed);
      let spentMs = 0;
      return {
        async run(feeds) {
          const start = performance.now();
          const results = await session.run(feeds).catch(failed);
          spentMs += performance.now() - start;
          return results;
        },
        getState: async () => session.getState(),
        setState: async (next) => session.setState(next),
        spentMs: async () => spentMs,
        close: async () => session.release(),
      };
    },
    close: () => Promise.resolve(),
  };
}
