// The far side of the tensorflow engine: tfjs in a worker thread, as a run blocks the thread it is on.

import { workerData } from 'node:worker_threads';
import { serve } from '../serve.js';
import type { TensorflowBackend } from '../tensorflow.js';
import { openTensorflow } from './backend.js';
import type { Tf } from './call.js';
import { interpret } from './session.js';

let opened: Promise<Tf> | undefined;
const open = () => {
  opened ??= openTensorflow((workerData as { backend: TensorflowBackend }).backend);
  return opened;
};

serve({
  open: async () => {
    await open();
  },
  load: async (program, state) => interpret(await open(), program, state),
});
