// The parsers of models, checkpoints and runs.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun } from '#lib/experiment/cell.js';
import { withFloatPorts, withoutZipMap, zipMapsOf } from '#lib/graph/adapt-model.js';
import { externalTensors, withTensorValues } from '#lib/graph/external-data.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { parseMetadata } from '#lib/model/metadata.js';
import { readParts } from '#lib/model/model-file.js';
import { predictionsCsv, readPredictions } from '#lib/run/predictions.js';
import { RunFolder, runFiles } from '#lib/run/run-folder.js';
import { decodeCheckpoint, encodeCheckpoint } from '#lib/train/checkpoint.js';
import { inFolder, jsonWords, oneFile, type Parts, type Target } from './target.js';

const point = {
  ...{ phase: 'train', epoch: 5, step: 60, trainLoss: 0.5, valLoss: 0.25, valF1: null, valAuprc: 0.7 },
  seconds: 1.5,
};
const checkpoint = encodeCheckpoint({
  config: { task: 'af', seed: 7, archOptions: { width: 8 } },
  progress: {
    ...{ phase: 'train', epoch: 10, step: 120, stale: 1, best: { epoch: 5, valLoss: 0.25 } },
    curve: [point],
  },
  current: new Map([
    ['stem.weight', Float32Array.of(1, -0, Number.MIN_VALUE, 3.5)],
    ['empty', new Float32Array(0)],
  ]),
  best: new Map([['stem.weight', Float32Array.of(0.1, 0.2, Number.NaN, -7)]]),
});
const row = {
  ...{ task: 'af', arch: 'lstm', setting: 'real', positives: null, pair: 2, test: 'held-back', seed: 1 },
  ...{ trainWindows: 9, trainPositives: 4, trainPatients: 9, trainPositivePatients: 4, valWindows: 3 },
  ...{ valPositives: 1, testWindows: 2, testPositives: 1, testPatients: 2, testPositivePatients: 1 },
  ...{
    f1: 0.5,
    auprc: 0.5,
    auroc: null,
    valThreshold: 0.5,
    f1AtValThreshold: 0.5,
    prior: 0.5,
    f1AtPrior: 0.5,
  },
  ...{ brier: 0.2, ece: 0.1, learningRate: 0.001, shiftRate: 0, maskRate: 0, archOptions: '{}' },
  ...{ bestEpoch: 1, epochs: 2, steps: 3, version: '0.1.0' },
};
const metrics = {
  ...{ schema: 1, version: '0.1.0', engine: { name: 'onnxruntime', device: 'cpu', threads: 1 } },
  ...{ config: { task: 'af' }, labels: ['normal', 'af'], origin: {}, phases: [], curve: [point], seconds: 1 },
  data: { source: 'x', fsHz: 100, lengthSamples: 400, leads: ['II'], unit: 'mV', skipped: 0 },
  threshold: { value: 0.5, f1: 0.5, on: 'real', windows: 3, positives: 1, reason: '' },
  rows: [row],
};
const prediction = {
  recordName: '100',
  patientId: 'p, 1',
  startS: 0,
  label: 1,
  logits: [1.4],
  probabilities: [0.2, 0.8],
};
const predictions = predictionsCsv(
  ['normal', 'af'],
  [{ test: 'held-back', rows: [prediction, { ...prediction, label: 0 }] }],
);

/** Returns a checkpoint with the hash of its bytes. */
function rehashed(file: Buffer): Uint8Array {
  const content = file.subarray(0, Math.max(0, file.length - 32));
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

/** Reads all that the project reads of a model before the runtime does. */
function readModelParts({ file }: Parts): void {
  const bytes = file!;
  const header = decodeModelHeader(bytes, 'file');
  parseMetadata(header, 'file');
  const [input, output] = [header.inputs[0]?.name ?? '', header.outputs[0]!.name];
  readParts('file', () => {
    const values = externalTensors(bytes).map(() => new Uint8Array(4));
    withTensorValues(bytes, values);
    for (const zipMap of zipMapsOf(bytes)) withoutZipMap(bytes, zipMap);
    withFloatPorts(bytes, { name: input, castCode: 10 }, { name: output, castCode: 11 });
  });
}

/** Makes the parsers of models, checkpoints and runs. `models` is a folder of ONNX files. */
export function storedTargets(models: string): Target[] {
  const names = readdirSync(models).filter((name) => name.endsWith('.onnx'));
  const modelFiles = names.map((name) => oneFile(readFileSync(join(models, name))));
  const small = modelFiles.filter(({ file }) => file!.length < 2 ** 14);
  const metricsFile = Buffer.from(JSON.stringify(metrics, null, 2));
  return [
    { name: 'onnx-header', originals: small, parse: ({ file }) => decodeModelHeader(file!, 'file') },
    {
      name: 'onnx-parts',
      originals: small,
      words: ['pqrst.fsHz', 'pqrst.leads', 'seq_len'],
      parse: readModelParts,
    },
    {
      name: 'checkpoint',
      originals: [oneFile(checkpoint)],
      words: jsonWords,
      repair: rehashed,
      parse: ({ file }) => decodeCheckpoint(Buffer.from(file!), 'checkpoint.bin'),
    },
    {
      name: 'run-metrics',
      originals: [{ [runFiles.metrics]: metricsFile }],
      words: jsonWords,
      parse: inFolder(async (folder) => {
        await new RunFolder(folder).readMetrics({});
        await readRun(folder);
      }),
    },
    {
      name: 'run-predictions',
      originals: [{ [runFiles.predictions]: Buffer.from(predictions) }],
      words: ['"', ',', '\n', 'held-back', 'nan', '-1', '\0'],
      parse: inFolder((folder) =>
        readPredictions(join(folder, runFiles.predictions), 'held-back', 2, 'delete it'),
      ),
    },
  ];
}
