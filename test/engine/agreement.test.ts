// The fast part of agreement.full.test.ts: small convolutional, recurrent and attention models.

import { afterAll, expect, test } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { tensorflowEngine } from '#lib/engine/tensorflow.js';
import { agreementOf, backend, expectAgreement } from './agree.js';

const ours = onnxRuntimeEngine();
const theirs = await tensorflowEngine({ backend });
afterAll(() => Promise.all([ours.close(), theirs.close()]));

test.each([
  ['resnet18', { lengthSamples: 40, steps: 2 }],
  ['gru', {}],
  ['transformer', {}],
])('%s: loss, all gradients and the weights after some steps agree within 1e-3', async (arch, plan) => {
  const agreement = await agreementOf(arch, [ours, theirs], plan);
  expect(agreement.gradients.size).toBeGreaterThan(5);
  expectAgreement(arch, agreement);
});
