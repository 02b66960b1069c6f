// Every architecture in both engines. onnxruntime computes the gradients by nodes of the graph, tfjs by its own tape. Both
// start from the same state (see agree.ts) and take five steps of AdamW.

import { afterAll, describe, expect, test } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { architectures } from '#lib/nn/models/index.js';
import { agreementOf, backend, expectAgreement } from './agree.js';

const engines = [onnxRuntimeEngine(), await tensorflowEngine({ backend })] as const;
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

describe.each(Object.keys(architectures))('%s', (arch) => {
  test('loss, all gradients and the weights after five steps agree within 1e-3', async () => {
    const agreement = await agreementOf(arch, engines);
    expect(agreement.gradients.size).toBeGreaterThan(5);
    expectAgreement(arch, agreement);
  });
});
