// Reads weights from files beside the model, and never from elsewhere; says what a file is that is not a model.

import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { editMessage, joinPieces, messageField } from '#lib/graph/edit-bytes.js';
import { externalTensors } from '#lib/graph/external-data.js';
import { Graph } from '#lib/graph/graph.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { encodeModel } from '#lib/graph/proto.js';
import { openModel } from '#lib/model/session.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const engine = onnxRuntimeEngine();
afterAll(() => engine.close());

/** A model whose logit is the mean of window * scale * shift. */
function whole(): Uint8Array {
  const graph = new Graph('scaled');
  const x = graph.input('ecg', 'float32', ['N', 1, 2]);
  const scale = graph.initializer('scale', Float32Array.of(3, 3), [2]);
  const shift = graph.initializer('shift', Float32Array.of(2, 2), [2]);
  graph.output('logit', reduceMean(graph, mul(graph, mul(graph, x, scale), shift), [1, 2]));
  return encodeModel(graph);
}

type Entries = Readonly<Record<string, string>>;

/** Returns the model with the values of its tensors in other files, as `entries` state for each of them. */
function withExternal(entries: readonly Entries[]): Uint8Array {
  let at = 0;
  const external = (tensor: Uint8Array) => {
    const own = entries[at++];
    if (own === undefined) return undefined;
    const stated = Object.entries(own).flatMap(([key, value]) => {
      const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string(key);
      return messageField(13, [entry.tag(2, WireType.LengthDelimited).string(value).finish()]);
    });
    const mark = new BinaryWriter().tag(14, WireType.Varint).int32(1).finish();
    return editMessage(tensor, { 9: 'remove' }, { after: [...stated, mark] });
  };
  return joinPieces(editMessage(whole(), { 7: (graph) => editMessage(graph, { 5: external }) })!);
}

const [three, two] = [Float32Array.of(3, 3), Float32Array.of(2, 2)].map((values) =>
  Buffer.from(values.buffer),
);

async function answer(folder: string): Promise<number> {
  const model = await openModel(join(folder, 'model.onnx'), { engine });
  const [logit] = await model.run(Float32Array.of(1, 3));
  await model.close();
  return logit!;
}

describe('weights beside the model', () => {
  it('are read from one file with offsets, and from several files, also in a folder below', async () => {
    const one = withExternal([
      { location: 'model.onnx.data', offset: '4', length: '8' },
      { location: 'model.onnx.data', offset: '12', length: '8', checksum: 'x' },
    ]);
    const data = Buffer.concat([Buffer.alloc(4), three!, two!, Buffer.alloc(8)]);
    expect(await answer(await folderOf({ 'model.onnx': one, 'model.onnx.data': data }))).toBe(12);

    const several = withExternal([{ location: 'scale' }, { location: 'deep/shift', length: '8' }]);
    const folder = await folderOf({ 'model.onnx': several, scale: three! });
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'shift'), two!);
    expect(await answer(folder)).toBe(12);

    // A link inside the folder is a name of a file in it.
    await rm(join(folder, 'scale'));
    await writeFile(join(folder, 'deep', 'scale'), three!);
    await symlink(join('deep', 'scale'), join(folder, 'scale'));
    expect(await answer(folder)).toBe(12);
  });

  it('may be missing or cut, which the message says with the name of the file', async () => {
    const bytes = withExternal([
      { location: 'a.data', length: '8' },
      { location: 'b.data', offset: '4' },
    ]);
    const folder = await folderOf({ 'model.onnx': bytes, 'a.data': three! });
    expect(await errorOf(answer(folder))).toBe(
      `ERR_NOT_FOUND: ${folder}/model.onnx keeps weights in another file, and ${folder}/b.data does not exist; copy this ` +
        'file into the folder of the model, or export the model as one file (PyTorch: external_data=False)',
    );
    await writeFile(join(folder, 'b.data'), '');
    expect(await errorOf(answer(folder))).toMatch(
      /^ERR_MODEL: .*values of "shift" from byte 4 of b\.data, all bytes, and this file has 0/,
    );
    await writeFile(join(folder, 'a.data'), three!.subarray(0, 7));
    expect(await errorOf(answer(folder))).toMatch(
      /"scale" from byte 0 of a\.data, 8 bytes, and this file has 7/,
    );
    for (const wrong of [{ length: '-1' }, { offset: '1e1' }, { length: '9'.repeat(30) }]) {
      const odd = withExternal([{ location: 'a.data', ...wrong } as Entries, { location: 'a.data' }]);
      await writeFile(join(folder, 'model.onnx'), odd);
      expect(await errorOf(answer(folder))).toMatch(/^ERR_MODEL: .*takes the values of "scale" from byte/);
    }
    const short = withExternal([
      { location: 'a.data', length: '4' },
      { location: 'a.data', length: '4' },
    ]);
    await writeFile(join(folder, 'model.onnx'), short);
    expect(await errorOf(answer(folder))).toMatch(/^ERR_MODEL: .*model\.onnx cannot be run/);
    await writeFile(join(folder, 'model.onnx'), withExternal([{ offset: '0' }, { location: '' }]));
    expect(await errorOf(answer(folder))).toMatch(/"scale" in another file, and does not name it/);
  });

  it('are refused outside the folder of the model', async () => {
    const outside = await folderOf({ weights: three! });
    const folder = await folderOf({});
    await symlink(join(outside, 'weights'), join(folder, 'link'));
    await symlink(outside, join(folder, 'folder'));
    for (const location of ['../weights', join(outside, 'weights'), 'link', 'folder/weights', '/dev/zero']) {
      await writeFile(join(folder, 'model.onnx'), withExternal([{ location }, { location }]));
      expect(await errorOf(answer(folder))).toMatch(
        /^ERR_PATH_OUTSIDE: .*model\.onnx keeps weights .* outside/,
      );
    }
  });

  it('are refused if they are not a file, or a place in memory', async () => {
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await symlink('circle', join(folder, 'circle'));
    for (const [location, message] of [
      ['circle', /^ERR_MODEL: .*circle: its links form a circle/],
      ['pipe', /^ERR_MODEL: .*pipe, which cannot be read: it is a pipe; name a file$/],
      ['.', /^ERR_MODEL: .*it is a folder; name a file$/],
      ['*/_ORT_MEM_ADDR_/*', /^ERR_NOT_FOUND/],
    ] as const) {
      const entries = { location, offset: '4096', length: '8' };
      await writeFile(join(folder, 'model.onnx'), withExternal([entries, entries]));
      expect(await errorOf(answer(folder))).toMatch(message);
    }
  });

  it('are found in nodes, inner graphs, sparse tensors and functions', () => {
    const tensor = externalTensor('t');
    const within = (...fields: number[]) =>
      fields.reduceRight((inner: Uint8Array, field) => joinPieces(messageField(field, [inner])), tensor);
    for (const path of [
      [7, 5],
      [7, 15, 1],
      [7, 15, 2],
      [7, 1, 5, 5],
      [7, 1, 5, 10],
      [7, 1, 5, 6, 5],
      [7, 1, 5, 11, 1, 5, 6, 5],
      [7, 1, 5, 22, 1],
      [20, 1, 5],
      [25, 7, 5, 5],
    ]) {
      expect(externalTensors(within(...path)).map(({ name, location }) => [name, location])).toEqual([
        ['t', 'weights'],
      ]);
    }
    expect(externalTensors(within(7, 13))).toEqual([]);
    let deep = within(5);
    for (let depth = 0; depth < 200; depth++) {
      deep = joinPieces(messageField(1, messageField(5, messageField(6, [deep]))));
    }
    expect(() => externalTensors(joinPieces(messageField(7, [deep])))).toThrow(/nested deeper than 64/);
  });
});

function externalTensor(name: string): Uint8Array {
  const location = new BinaryWriter().tag(1, WireType.LengthDelimited).string('location');
  location.tag(2, WireType.LengthDelimited).string('weights');
  const tensor = new BinaryWriter().tag(8, WireType.LengthDelimited).string(name);
  tensor.tag(13, WireType.LengthDelimited).bytes(location.finish());
  return tensor.tag(14, WireType.Varint).int32(1).finish();
}

describe('a file that is not a model', () => {
  it('is named by what it is', async () => {
    const kinds: readonly (readonly [string | Uint8Array, RegExp])[] = [
      ['', /is empty \(0 bytes\)/],
      [
        'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
        /is a pointer of Git LFS.*git lfs pull/,
      ],
      ['PK\x03\x04rest', /is a zip archive, as torch\.save/],
      ['\n<!DOCTYPE html><html>', /is a web page/],
      ['<?xml version="1.0"?>', /is a web page/],
      [Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /is an HDF5 file, as Keras/],
      [Buffer.from('\x80\x04\x95', 'latin1'), /is a Python pickle/],
      [Buffer.from('\x1f\x8b\x08', 'latin1'), /is a gzip archive/],
      [Buffer.from('\x1c\0\0\0TFL3', 'latin1'), /is a TensorFlow Lite model/],
      ['{"error": "not found"}', /is a text file/],
      [whole().subarray(0, 60), /is incomplete: it has 60 bytes, and the model takes at least \d+/],
      [Buffer.alloc(100), /is not an ONNX file, or is damaged/],
    ];
    for (const [data, message] of kinds) {
      const folder = await folderOf({ 'model.onnx': data });
      const sentence = await errorOf(answer(folder));
      expect(sentence).toMatch(/^ERR_MODEL: /);
      expect(sentence).toMatch(message);
    }
  });
});
