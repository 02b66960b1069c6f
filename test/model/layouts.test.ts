// Opens files with the shapes and number formats that other programs write. The model is the mean of the first lead, so
// leads and samples that change places would change the answer.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { editMessage, type FieldEdit, joinPieces, messageField } from '#lib/graph/edit-bytes.js';
import { type Dim, Graph } from '#lib/graph/graph.js';
import { cast } from '#lib/graph/ops/cast.js';
import { concat } from '#lib/graph/ops/concat.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { slice } from '#lib/graph/ops/slice.js';
import { encodeModel } from '#lib/graph/proto.js';
import { type ModelOptions, openModel } from '#lib/model/session.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

/** Two windows of three leads of four samples; the means of their first leads are 2.5 and -1. */
const three = Float32Array.from([1, 2, 3, 4, 9, 9, 9, 9, 8, 8, 8, 8, -1, -1, -1, -1, 7, 7, 7, 7, 6, 6, 6, 6]);
/** Two windows of one lead. */
const one = Float32Array.of(1, 2, 3, 4, -1, -1, -1, -1);
const leads = 'I,II,V1';

/** Returns a model of an input of this shape. `axis` is the one of the leads, if there is one, and `count` their number. */
function firstLead(
  shape: readonly Dim[],
  {
    axis,
    count = 1,
    dtype = 'float32',
  }: { axis?: number; count?: number; dtype?: 'float32' | 'float16' } = {},
): Uint8Array {
  const graph = new Graph('first lead');
  // The file gets the free dimensions afterwards, because a slice of a free dimension has no shape.
  const sizes = shape.map((dim, at) =>
    at === 0 || (typeof dim === 'number' && dim > 0) ? dim : at === axis ? count : 4,
  );
  const x = cast(graph, graph.input('ecg', dtype, sizes), 'float32');
  const lead = axis === undefined ? x : slice(graph, x, axis, 0, 1);
  const inner = shape.slice(1).map((_, at) => at + 1);
  graph.output('logit', reduceMean(graph, lead, inner));
  const dims = shape.flatMap((dim) => {
    const size = new BinaryWriter();
    if (typeof dim === 'number') size.tag(1, WireType.Varint).int64(dim);
    else size.tag(2, WireType.LengthDelimited).string(dim);
    return messageField(1, [size.finish()]);
  });
  return withTensor(encodeModel(graph), 11, (tensor) => editMessage(tensor, { 2: () => dims }));
}

/** Changes the tensor type of a port of the model, its field `port` (11 inputs, 12 outputs). */
function withTensor(bytes: Uint8Array, port: 11 | 12, edit: FieldEdit): Uint8Array {
  const value: FieldEdit = (info) => editMessage(info, { 2: (kind) => editMessage(kind, { 1: edit }) });
  return joinPieces(editMessage(bytes, { 7: (graph) => editMessage(graph, { [port]: value }) })!);
}

/** Changes the element type of a port. */
function withType(bytes: Uint8Array, port: 11 | 12, code: number): Uint8Array {
  const type = new BinaryWriter().tag(1, WireType.Varint).int32(code).finish();
  return withTensor(bytes, port, (tensor) => editMessage(tensor, { 1: 'remove' }, { before: [type] }));
}

async function open(bytes: Uint8Array, options: Partial<ModelOptions> = {}) {
  return openModel(`${await folderOf({ 'm.onnx': bytes })}/m.onnx`, { engine, ...options });
}

async function answers(bytes: Uint8Array, signals: Float32Array, options: Partial<ModelOptions> = {}) {
  const model = await open(bytes, options);
  const values = [...(await model.run(signals))];
  await model.close();
  return values;
}

const length = { fsHz: 4, seconds: 1 };

describe('the layout of the input', () => {
  it.each<[readonly Dim[], number | undefined, Partial<ModelOptions>]>([
    [['N', 4, 1], 2, {}],
    [['unk__1', 'unk__2', 1], 2, length],
    [[1, 4, 1], 2, {}],
    [[0, 1, 4], 1, {}],
    [[-1, -1, 1], 2, length],
    [['batch', 'time', 'channels'], 2, length],
    [['batch', 'leads', 'samples'], 1, length],
    [['a', 4], undefined, {}],
    [[0, 0], undefined, length],
  ])('[%s] of one lead', async (shape, axis, options) => {
    expect(await answers(firstLead(shape, { ...(axis && { axis }) }), one, options)).toEqual([2.5, -1]);
  });

  it.each<[readonly Dim[], number, Partial<ModelOptions>]>([
    [['N', 3, 4], 1, {}],
    [['N', 4, 3], 2, {}],
    [[1, 4, 3], 2, {}],
    [['N', 'L', 3], 2, length],
    [['N', 3, 'L'], 1, length],
    [['N', 4, 'C'], 2, length],
    [['N', 'C', 'L'], 1, length],
    [['n', 'seq_len', 'x'], 2, length],
    [[2, 'steps', 'features'], 2, length],
  ])('[%s] of three leads', async (shape, axis, options) => {
    const bytes = firstLead(shape, { axis, count: 3 });
    expect(await answers(bytes, three, { leads, ...options })).toEqual([2.5, -1]);
  });

  it('is refused in words of the file', async () => {
    const refused = async (shape: readonly Dim[], options: Partial<ModelOptions> = {}) =>
      errorOf(open(firstLead(shape), options));
    expect(await refused(['N', 12, 500])).toMatch(
      /^ERR_OPTION: .*ecg float32 \[N, 12, 500\], windows of 12 leads of 500 samples.*`leads` \(12 for/,
    );
    expect(await refused(['N', 500, 8])).toMatch(/windows of 8 leads of 500 samples/);
    expect(await refused(['N', 'T', 12], length)).toMatch(/windows of 12 leads of T samples/);
    expect(await refused(['N', 4], { leads })).toMatch(/\[N, 4\], 1 lead, but 3 are named \(I, II, V1\)/);
    expect(await refused(['N', 'T', 1])).toMatch(/windows of any length .* `fsHz` and `seconds`/);
    expect(await refused(['N', 1, 4], { fsHz: 4, seconds: 2 })).toMatch(
      /windows of 4 samples, not 8 \(2 s at 4 Hz\); correct `fsHz` or `seconds`/,
    );
    expect(await refused(['N', 1, 1, 4])).toMatch(
      /^ERR_MODEL: .*\[N, 1, 1, 4\]; expected \[N, L\], \[N, C, L\]/,
    );
    const graph = new Graph('age');
    graph.output('logit', reduceMean(graph, graph.input('ecg', 'float32', ['N', 4]), [1]));
    graph.output('age_too', graph.input('age', 'float32', ['N', 1]));
    expect(await errorOf(open(encodeModel(graph)))).toMatch(
      /ecg float32 \[N, 4\] and age float32 \[N, 1\]; expected one input/,
    );
  });
});

describe('number formats', () => {
  it('float16, bfloat16 and float64 samples are converted', async () => {
    const half = firstLead(['N', 1, 4], { axis: 1, dtype: 'float16' });
    expect(await answers(half, one)).toEqual([2.5, -1]);
    for (const code of [11, 16]) expect(await answers(withType(half, 11, code), one)).toEqual([2.5, -1]);
  });

  it('float16 outputs are converted, and other types are named', async () => {
    const graph = new Graph('half');
    const x = graph.input('ecg', 'float32', ['N', 4]);
    graph.output('logit', cast(graph, reduceMean(graph, x, [1]), 'float16'));
    expect(await answers(encodeModel(graph), one)).toEqual([2.5, -1]);
    const half = firstLead(['N', 4], { dtype: 'float16' });
    for (const [code, name] of [
      [6, 'int32'],
      [5, 'int16'],
      [8, 'string'],
      [77, 'type 77'],
    ] as const) {
      expect(await errorOf(open(withType(half, 11, code)))).toContain(
        `takes ecg ${name} [N, 4]; expected samples as float32, float16, float64, bfloat16`,
      );
    }
    expect(await errorOf(open(withType(encodeModel(graph), 12, 7)))).toMatch(
      /^ERR_MODEL: .*gives logit int64 \[N\]; expected an output \[N\], \[N, 1\] or \[N, classes\]/,
    );
  });
});

describe('an output without a stated size', () => {
  /** A model of the first `width` samples. */
  const columns = (width: number, shape: readonly Dim[] = ['N', 4]) => {
    const graph = new Graph('columns');
    const x = graph.input('ecg', 'float32', shape);
    graph.output('logit', width === 0 ? concat(graph, [x, x], 1) : slice(graph, x, 1, 0, width));
    return withTensor(encodeModel(graph), 12, (tensor) => editMessage(tensor, { 2: 'remove' }));
  };

  it('is counted by a run', async () => {
    expect(await answers(columns(1), one)).toEqual([1, -1]);
    const classes = ['a', 'b'];
    const model = await open(columns(2), { classes });
    expect(model.outputs).toEqual({ kind: 'multiclass', count: 2 });
    expect([...(await model.run(one))]).toEqual([1, 2, -1, -1]);
    expect((await open(columns(1), { classes })).outputs).toEqual({ kind: 'binary' });
    expect((await open(columns(3, [2, 4]), { classes: ['a', 'b', 'c'] })).outputs).toMatchObject({
      count: 3,
    });
  });

  it('must fit the classes', async () => {
    expect(await errorOf(open(columns(2)))).toMatch(
      /^ERR_OPTION: .*answered 2 values for 1 window; name the class/,
    );
    expect(await errorOf(open(columns(0), { classes: ['a', 'b'] }))).toMatch(
      /^ERR_OPTION: .*answered 8 values for 1 window, and 2 classes are named \(a,b\)/,
    );
    expect(await errorOf(open(columns(2), { classes: ['a', 'a'] }))).toMatch(/^ERR_\w+: .*classes/);
  });
});

it('several outputs that may hold the scores are named', async () => {
  const graph = new Graph('two');
  const x = graph.input('ecg', 'float32', ['N', 4]);
  for (const name of ['y', 'z']) graph.output(name, reduceMean(graph, x, [1]));
  expect(await errorOf(open(encodeModel(graph)))).toMatch(
    /^ERR_MODEL: .*gives y float32 \[N\] and z float32 \[N\]; each of y, z may hold the scores/,
  );
});

it('the runtime writes nothing to stderr when a model cannot be loaded or run', async () => {
  const fixture = fileURLToPath(new URL('../fixtures/onnx/torch-12-leads-free.onnx', import.meta.url));
  const text = (await readFile(fixture)).toString('latin1').replaceAll('Relu', 'Xelu');
  const script = `
    import { onnxRuntimeEngine } from '${import.meta.resolve('#lib/engine/onnxruntime.js')}';
    import { openModel } from '${import.meta.resolve('#lib/model/session.js')}';
    const engine = onnxRuntimeEngine();
    const options = { engine, classes: ['a', 'b', 'c'], fsHz: 48, seconds: 1 };
    const say = ({ message }) => console.log(message);
    const model = await openModel(process.argv[2], options);
    await model.run(new Float32Array(48)).catch(say);
    await model.close();
    await openModel('unknown.onnx', options).catch(say);
    await engine.close();`;
  const cwd = await folderOf({ 'run.mjs': script, 'unknown.onnx': Buffer.from(text, 'latin1') });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs', fixture], {
    cwd,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/ takes 12 leads; name them/),
    expect.stringMatching(/cannot be run \(.*Xelu.*export it with standard operators$/),
  ]);
});
