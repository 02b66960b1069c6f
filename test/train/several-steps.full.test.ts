// Several steps in one run of every architecture; several-steps.test.ts says why.

import { afterAll, test } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { architectures } from '#lib/nn/models/index.js';
import { expectSameSteps } from '../helpers/several-steps.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

test.each(Object.keys(architectures))('%s: two and one step a run are three of one', (arch) =>
  expectSameSteps(engine, arch, 2),
);
