// Tests the architectures that take little time (see promises.ts); architectures.full.test.ts tests the deep ones.

import { afterAll, describe } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { architectures } from '#lib/nn/models/index.js';
import { deep, testPromises } from './promises.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());
const quick = Object.keys(architectures).filter((arch) => !deep.includes(arch));

describe.each(quick)('%s', (arch) => testPromises(arch, engine));
