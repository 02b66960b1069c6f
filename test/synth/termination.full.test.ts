// Many Workers that end while the kernel works for them.

import { it } from 'vitest';
import { terminateWorkers } from '../helpers/run-helper.js';

it('a process survives 50 Workers terminated during a job, and frees their memory', () => {
  terminateWorkers(50);
});
