// Opens the small files that PyTorch, Keras and scikit-learn wrote (test/judges/foreign_models.py) and compares the
// probabilities with those of the frameworks.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import type { OutputKind } from '#lib/model/metadata.js';
import { openModel } from '#lib/model/session.js';
import { errorOf } from '../helpers/folder.js';

interface Expected {
  readonly probabilities: readonly (readonly number[])[];
  readonly leads?: string;
  readonly classes?: readonly string[];
  readonly output?: OutputKind;
  /** Labels that a ZipMap of the file names. */
  readonly zipMap?: readonly string[];
  /** True if the file does not state the length. */
  readonly free?: boolean;
  readonly tolerance?: number;
}

const folder = fileURLToPath(new URL('../fixtures/onnx/', import.meta.url));
const all: Record<string, Expected> = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8'));
const lengthSamples = 48;

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

/** The windows of foreign_models.py [N, leads, 48]. */
function windowsOf(leads: number, count: number): Float32Array {
  const samples: number[] = [];
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < leads; c++) {
      for (let t = 0; t < lengthSamples; t++) samples.push((1 + n / 10) * Math.sin(((n + 1) * t) / 10 + c));
    }
  }
  return Float32Array.from(samples);
}

const open = (name: string, { leads, classes, output, free }: Partial<Expected> = {}) =>
  openModel(`${folder}${name}.onnx`, {
    ...{ engine, leads, classes, output },
    ...(free && { fsHz: lengthSamples, seconds: 1 }),
  });

describe.each(Object.entries(all))('%s', (name, expected) => {
  it('answers as its framework', async () => {
    const { probabilities, leads, zipMap, tolerance = 1e-5 } = expected;
    const model = await open(name, expected);
    if (zipMap !== undefined) expect(model.metadata.classes).toEqual(zipMap);
    const answers = await model.predict(windowsOf(leads === '12' ? 12 : 1, probabilities.length));
    const flat = probabilities.flat();
    expect(answers).toHaveLength(flat.length);
    const difference = Math.max(...flat.map((one, at) => Math.abs(one - answers[at]!)));
    expect(difference).toBeLessThanOrEqual(tolerance);
    // The windows differ, so a model that ignored them would be found.
    expect(new Set(answers).size).toBeGreaterThan(1);
    await model.close();
  });
});

it('asks for what a file does not state', async () => {
  expect(await errorOf(open('torch-dynamo'))).toMatch(
    /^ERR_OPTION: .*ecg float32 \[s0, 12, 48\], windows of 12 leads of 48 samples.*`leads` \(12 for/,
  );
  expect(await errorOf(open('torch-dynamo', { leads: '12' }))).toMatch(
    /^ERR_OPTION: .*which class is each of the 2 values\? .*`classes`/,
  );
  expect(await errorOf(open('keras-conv'))).toMatch(/^ERR_OPTION: the output "Identity:0" .*`output`/);
  expect(await errorOf(open('sklearn-forest', { classes: ['a', 'b', 'c'] }))).toMatch(
    /^ERR_OPTION: .*probabilities float32 \[\?, 2\], but 3 classes are named \(a, b, c\)/,
  );
  expect(await errorOf(open('keras-lstm-12', { free: true }))).toMatch(/^ERR_OPTION: .* 12 leads/);
});

it('names the leads that a convolution with free dimensions needs', async () => {
  const model = await open('torch-12-leads-free', { classes: ['a', 'b', 'c'], free: true });
  expect(await errorOf(model.run(windowsOf(1, 2)))).toMatch(
    /^ERR_MODEL: .*free input ecg \[batch, leads, samples\] and failed on windows \[2, 1, 48\].* takes 12 leads/,
  );
});
