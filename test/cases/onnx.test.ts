// Models of other programs as people of the field export them: the probabilities of the case, or a refusal with the
// right reason.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { type ModelOptions, openModel } from '#lib/model/session.js';
import { openDataset } from '#lib/records.js';
import { parseLeads } from '#lib/signal/leads.js';
import { errorOf } from '../helpers/folder.js';
import { type Checks, caseFolder, checkCases } from './walk.js';

type Options = Omit<ModelOptions, 'engine'>;

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

const twelve = { source: '201-onnx-data-12', seconds: 5, leads: parseLeads('12') };

/** The windows of a data set of the cases, as a model takes them [N, C, L]. */
async function signalsOf({
  source = '200-onnx-data',
  ...options
}: {
  source?: string;
  seconds?: number;
  leads?: readonly string[];
} = {}) {
  const { windows } = await openDataset(`npy:${caseFolder(source)}`, { fsHz: 100, seconds: 10, ...options });
  return Float32Array.from(windows.flatMap(({ signal }) => [...signal]));
}

async function predict(file: string, options: Options, data: Parameters<typeof signalsOf>[0] = {}) {
  const model = await openModel(file, { engine, threads: 1, ...options });
  try {
    return { values: await model.predict(await signalsOf(data)), metadata: model.metadata };
  } finally {
    await model.close();
  }
}

/** Expects the probabilities of the data, of the second class if there is one value per class. */
const answers =
  (options: Options = {}, tolerance = 1e-5) =>
  async (folder: string) => {
    const { prob } = JSON.parse(readFileSync(join(caseFolder('200-onnx-data'), 'expected.json'), 'utf8')) as {
      prob: number[];
    };
    const { values } = await predict(join(folder, 'model.onnx'), options);
    const perWindow = values.length / prob.length;
    expect([1, 2]).toContain(perWindow);
    const second = prob.map((_, at) => values[at * perWindow + perWindow - 1]!);
    expect(Math.max(...prob.map((one, at) => Math.abs(one - second[at]!)))).toBeLessThanOrEqual(tolerance);
  };

/** Expects a refusal that names the cause, at opening or at the first windows, and not another one. */
const refused =
  (cause: RegExp, { options = {}, other }: { options?: Options; other?: RegExp } = {}, name = 'model.onnx') =>
  async (folder: string) => {
    const error = await errorOf(predict(join(folder, name), options));
    expect(error).toMatch(cause);
    if (other !== undefined) expect(error).not.toMatch(other);
  };

const length = { fsHz: 100, seconds: 10 };
const classes = { classes: ['NORM', 'AFIB'] };
/** The rounding of float16, and of int8, moves a probability by this much at most. */
const [halfTolerance, int8Tolerance] = [1e-3, 1e-2];

/** Expects that the leads are requested, and that the model runs with them. */
const takesTwelve =
  (options: Options, cause: RegExp, wrong: Options) =>
  async (folder: string): Promise<void> => {
    await refused(cause, { options: wrong })(folder);
    const { values } = await predict(join(folder, 'model.onnx'), { ...options, leads: '12' }, twelve);
    expect(values.length).toBe(4);
    for (const value of values) expect(value).toSatisfy((one: number) => one >= 0 && one <= 1);
  };

const opsets = [7, 9, 11, 13, 19, 21, 23, 24, 26].map((opset) => [`240-onnx-opset-${opset}`, answers()]);

checkCases('onnx', {
  '200-onnx-data': async () => expect((await signalsOf()).length).toBe(12 * 1000),
  '201-onnx-data-12': async () => expect((await signalsOf(twelve)).length).toBe(4 * 12 * 500),
  '210-onnx-plain': answers(),
  '211-onnx-input-2d': answers(),
  '212-onnx-channels-last': answers(),
  '213-onnx-channels-last-dynamic': async (folder) => {
    await answers(length)(folder);
    await refused(/windows of any length .*`fsHz` and `seconds`/, { other: /windows of 1 samples/ })(folder);
  },
  '214-onnx-fixed-batch-1': answers(),
  '215-onnx-batch-minus-1': answers(),
  '217-onnx-length-dynamic': answers(length),
  '218-onnx-all-unnamed': answers(length),
  '219-onnx-no-output-shape': answers(),
  '220-onnx-initializers-as-inputs': answers(),
  '221-onnx-external-data': answers(),
  '222-onnx-external-data-lost': refused(/^ERR_NOT_FOUND: .*model\.onnx\.data does not exist/, {
    other: /escapes|model_path/,
  }),
  '223-onnx-sklearn-zipmap': answers(classes),
  '224-onnx-sklearn-no-zipmap': async (folder) => {
    await answers(classes)(folder);
    await refused(/probs float32 \[N, 2\]; which class is each/)(folder);
  },
  '225-onnx-two-class-softmax': async (folder) => {
    await answers(classes)(folder);
    await refused(/probs float32 \[N, 2\]; which class is each/)(folder);
  },
  '226-onnx-two-class-with-metadata': answers(),
  '227-onnx-12-leads': takesTwelve({ fsHz: 100 }, /\[N, 12, 500\], windows of 12 leads .*`leads`/, {}),
  '228-onnx-12-leads-dynamic': takesTwelve({ fsHz: 100, seconds: 5 }, /windows of any length/, {}),
  '229-onnx-float16-input': answers({}, halfTolerance),
  '230-onnx-float64-input': answers(),
  '231-onnx-float16-output': answers({}, halfTolerance),
  '232-onnx-second-input': refused(/takes x .* and age float32 \[N, 1, 1\]; expected one input/),
  '234-onnx-foreign-metadata-task': async (folder) => {
    await answers()(folder);
    const { metadata } = await predict(join(folder, 'model.onnx'), {});
    expect(metadata.task).toBeUndefined();
  },
  '235-onnx-output-name-any': async (folder) => {
    await answers({ output: 'logit' })(folder);
    await refused(/"dense_2" .*may be a logit or a probability/)(folder);
  },
  '236-onnx-nan': refused(/^ERR_MODEL: .*answered NaN for window 1 of 12/),
  '237-onnx-inf-logit': async (folder) => {
    const { values } = await predict(join(folder, 'model.onnx'), {});
    expect([...values]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  },
  '238-onnx-two-outputs': answers(),
  '239-onnx-features-first': answers(),
  ...(Object.fromEntries(opsets) as Checks),
  '241-onnx-custom-op': refused(/^ERR_MODEL: .*MyAct.*standard operators/),
  '242-onnx-qdq': answers({}, int8Tolerance),
  '243-onnx-not-onnx': async (folder) => {
    await refused(/is incomplete: it has 113 bytes/, {}, 'cut.onnx')(folder);
    await refused(/is empty \(0 bytes\)/, {}, 'empty.onnx')(folder);
    await refused(/is a web page/, {}, 'html.onnx')(folder);
    await refused(/is a pointer of Git LFS/, {}, 'lfs.onnx')(folder);
    await refused(/is a zip archive, as torch\.save/, {}, 'pth.onnx')(folder);
  },
  '244-onnx-rank-4': refused(/\[N, 1, 1, 1000\]; expected \[N, L\], \[N, C, L\] or \[N, L, C\]/),
  '245-onnx-output-n': answers(),
  '247-onnx-reads-file-outside': refused(/^ERR_PATH_OUTSIDE: /),
  '248-onnx-12-lead-conv-dynamic-names': takesTwelve(
    { fsHz: 100, seconds: 5 },
    /^ERR_MODEL: .*first convolution takes 12 leads/,
    length,
  ),
});
