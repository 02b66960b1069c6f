// The worker thread of the tensorflow engine. tfjs blocks its thread during a run.

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
