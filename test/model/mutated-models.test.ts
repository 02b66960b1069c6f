// Opens model files with random changes. Each one runs or is refused by a PqrstError. The files are opened in a child
// process, because a crash of the runtime would end the process.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withFloatPorts, withoutZipMap, zipMapsOf } from '#lib/graph/adapt-model.js';
import { externalTensors, withTensorValues } from '#lib/graph/external-data.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { parseMetadata } from '#lib/model/metadata.js';
import { readParts } from '#lib/model/model-file.js';
import { folderOf } from '../helpers/folder.js';

const folder = fileURLToPath(new URL('../fixtures/onnx/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.onnx'));

/** The source of `mutated`, which the child process evaluates too. It takes whole numbers below a bound from `below`. */
function mutated(bytes: Uint8Array, below: (bound: number) => number): Uint8Array {
  const at = below(bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  const kind = below(5);
  if (kind === 0) return head;
  if (kind === 1) return Buffer.concat([head, tail.subarray(1 + below(20))]);
  if (kind === 2) return Buffer.concat([head, bytes.subarray(below(bytes.length)).subarray(0, 20), tail]);
  const copy = Uint8Array.from(bytes);
  copy[at] = kind === 3 ? below(256) : copy[at]! ^ (1 << below(8));
  return copy;
}

/** A small generator of whole numbers (xorshift), also for the child process. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

it('are read in part, or refused', async () => {
  const files = await Promise.all(names.map((name) => readFile(folder + name)));
  const below = numbers(7);
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    const bytes = mutated(files[round % files.length]!, below);
    try {
      const header = decodeModelHeader(bytes, 'file');
      parseMetadata(header, 'file');
      const [input, output] = [header.inputs[0]?.name ?? '', header.outputs[0]!.name];
      readParts('file', () => {
        withTensorValues(
          bytes,
          externalTensors(bytes).map(() => new Uint8Array(4)),
        );
        for (const zipMap of zipMapsOf(bytes)) withoutZipMap(bytes, zipMap);
        withFloatPorts(bytes, { name: input, castCode: 10 }, { name: output, castCode: 11 });
      });
    } catch (error) {
      expect(error).toMatchObject({ name: 'PqrstError', code: 'ERR_MODEL' });
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(150);
  expect(refused).toBeLessThan(600);
});

it('run, or are refused, without a crash of the runtime', async () => {
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { onnxRuntimeEngine } from '${import.meta.resolve('#lib/engine/onnxruntime.js')}';
    import { openModel } from '${import.meta.resolve('#lib/model/session.js')}';
    ${mutated}
    ${numbers}
    const engine = onnxRuntimeEngine();
    const below = numbers(11);
    const counts = { ran: 0, refused: 0 };
    for (let round = 0; round < 150; round++) {
      const file = process.argv[2 + (round % (process.argv.length - 2))];
      writeFileSync('m.onnx', mutated(readFileSync(file), below));
      try {
        const model = await openModel('m.onnx', { engine, fsHz: 48, seconds: 1, output: 'logit' });
        await model.predict(new Float32Array(model.leads * model.lengthSamples).fill(1));
        await model.close();
        counts.ran++;
      } catch (error) {
        if (error.name !== 'PqrstError') throw error;
        counts.refused++;
      }
    }
    await engine.close();
    console.log(JSON.stringify(counts));`;
  const cwd = await folderOf({ 'run.mjs': script });
  const files = names.map((name) => folder + name);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs', ...files], {
    ...{ cwd, encoding: 'utf8' },
  });
  expect([status, stderr]).toEqual([0, '']);
  const { ran, refused } = JSON.parse(stdout);
  expect(ran + refused).toBe(150);
  expect(ran).toBeGreaterThan(5);
});
