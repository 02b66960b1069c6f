// Several steps in one run of a program, for every architecture; see several-steps.test.ts.

import { afterAll, test } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { architectures } from '#lib/nn/models/index.js';
import { expectSameSteps } from '../helpers/several-steps.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

test.each(Object.keys(architectures))(
  '%s: a run of two steps and one of one step equal three single steps',
  (arch) => expectSameSteps(engine, arch, 2),
);
