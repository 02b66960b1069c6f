// Tests the deep architectures (see promises.ts); architectures.test.ts tests the others.

import { afterAll, describe } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { deep, testPromises } from './promises.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

describe.each(deep)('%s', (arch) => testPromises(arch, engine));
