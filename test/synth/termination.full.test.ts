// Many Workers that end while the kernel works for them.

import { it } from 'vitest';
import { terminateWorkers } from '../helpers/run-helper.js';

it('a process outlives 50 Workers terminated in the middle, and keeps nothing of them', () => {
  terminateWorkers(50);
});
