// The worker thread of the onnxruntime engine.

import { workerData } from 'node:worker_threads';
import type { Device } from './engine.js';
import { loadSession } from './onnxruntime-session.js';
import { serve } from './serve.js';

const { device } = workerData as { device: Device };
serve({ load: (program, state, options) => loadSession(device, program, state, options) });
