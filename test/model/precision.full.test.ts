// Exports every architecture in float16 and int8, with twelve leads, five classes and ten seconds at 100 Hz. The file must
// pass onnx.checker, contain standard operators and give outputs near those of the network.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { exportModel } from '#lib/model/export.js';
import { precisions } from '#lib/model/metadata.js';
import { openModel } from '#lib/model/session.js';
import { architectures } from '#lib/nn/models/index.js';
import { onnxVerdicts } from '../helpers/onnx-judge.js';
import { pythonWith } from '../helpers/python.js';
import { someRecords, someState } from '../helpers/some-state.js';

const engine = onnxRuntimeEngine();
const python = pythonWith('onnx');
const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];
const lengthSamples = 1000;
/** Largest allowed difference of a probability, and largest share of the size of the float32 file. */
const bounds = { float32: [1e-5, 1], float16: [5e-3, 0.6], int8: [0.1, 0.6] } as const;
/** Largest allowed difference of a logit from the reference evaluator, which rounds each step to half precision. */
const judgeBounds = { float32: 1e-4, float16: 0.02, int8: 0.02 } as const;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pqrst-precision-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(Object.keys(architectures))('%s', (arch) => {
  test(`of every precision${python ? '' : ' (onnx.checker SKIPPED: no Python with onnx)'}`, async () => {
    const outputs = { kind: 'multiclass', count: classes.length } as const;
    const plan = { arch, lengthSamples, leads: leads.length, outputs };
    const state = await someState(plan, 7, engine);
    const samples = someRecords(plan, 4);
    const metadata = { lengthSamples, output: 'logit', leads, classes } as const;
    let wholeBytes = 0;
    const answers: Float32Array[] = [];
    for (const precision of precisions) {
      const path = join(folder, `${arch}.${precision}.onnx`);
      const report = await exportModel(path, { engine, plan, state, metadata, samples, precision });
      const [difference, share] = bounds[precision];
      expect(report.maxProbabilityDifference, precision).toBeLessThan(difference);
      wholeBytes ||= report.sizeBytes;
      expect(report.sizeBytes / wholeBytes, precision).toBeLessThanOrEqual(share);
      const model = await openModel(path, { engine });
      answers.push(await model.run(samples));
      expect(await model.predict(samples)).toHaveLength(4 * classes.length);
      await model.close();
    }
    if (python === undefined) return;
    const shape = [4, leads.length, lengthSamples];
    const paths = precisions.map((precision) => join(folder, `${arch}.${precision}.onnx`));
    for (const [at, verdict] of onnxVerdicts(python, paths, samples, shape).entries()) {
      expect(verdict, precisions[at]).toMatchObject({
        opsets: { '': 18 },
        domains: [''],
        inputs: { ecg: ['FLOAT', ['N', 12, lengthSamples]] },
        outputs: { logit: ['FLOAT', ['N', 5]], probability: ['FLOAT', ['N', 5]] },
      });
      const far = verdict.logits.map(
        (logit, n) => Math.abs(logit - answers[at]![n]!) / (1 + Math.abs(logit)),
      );
      expect(Math.max(...far), precisions[at]).toBeLessThan(judgeBounds[precisions[at]!]);
    }
  });
});
