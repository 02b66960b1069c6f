// The penultimate layer of a classifier as features of records. The network must be one that pqrst trained on real records,
// of other patients than those that are compared: a network that saw the compared patients finds them more alike than
// they are, and one that saw synthetic records learned what the comparison should find out. Its file states the setting,
// and metrics.json beside it names the patients.

import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { withInnerOutput } from '../graph/adapt-model.js';
import { decodeModelHeader } from '../graph/header.js';
import { lastLayer } from '../graph/last-layer.js';
import { type ModelMetadata, parseMetadata } from '../model/metadata.js';
import { readModelFile, readParts } from '../model/model-file.js';
import { modelLeads } from '../run/leads.js';
import { runFiles } from '../run/run-folder.js';
import { trainedWindows, trainingOfModel } from '../run/trained-patients.js';
import { canonicalLead } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { standardize } from '../signal/standardize.js';
import type { WindowSet } from '../signal/window.js';
import type { NetworkFeatures } from './compare.js';
import { patientOf, type RecordShape } from './sources.js';

/** What a report says about the network of a comparison. */
export interface NetworkFacts {
  /** The file. */
  readonly file: string;
  readonly arch: string;
  /** The labels that it distinguishes. */
  readonly labels: readonly string[];
  /** Number of features: the inputs of its last dense layer. */
  readonly features: number;
  /** The data sets of its training; null if the file does not lie in the folder of its run. */
  readonly trainedOn: string | null;
  /** Number of compared patients that are left out, because they trained or validated it. */
  readonly leftOutPatients: number;
}

/** A network that gives features. */
export interface FeatureNetwork {
  readonly features: NetworkFeatures;
  /**
   * Returns the set without the windows of the patients that trained the network, and what a report says.
   *
   * @throws PqrstError ERR_DATA_EMPTY: when no window is left.
   */
  withoutTrained(set: WindowSet): { readonly set: WindowSet; readonly facts: NetworkFacts };
  /** Releases the network. The engine stays open. */
  close(): Promise<void>;
}

/** Records per run of the network. */
const batchSize = 64;

/**
 * Opens a network of `pqrst train`.
 *
 * @param path - the folder of a run, or its model.onnx. Only a file in the folder of its run names its patients.
 * @param shape - the records that are compared.
 * @throws PqrstError ERR_OPTION: when the network takes records of another rate, length, lead or filter, filters them
 *   itself, or was trained on synthetic records.
 * @throws PqrstError ERR_MODEL: when the file is not a classifier that pqrst trained, or has no float32 hidden layer.
 * @throws PqrstError The errors of `readModelFile`.
 */
export async function openFeatureNetwork(
  path: string,
  shape: RecordShape,
  engine: Engine,
): Promise<FeatureNetwork> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, runFiles.model) : path;
  const bytes = await readModelFile(file);
  const metadata = parseMetadata(decodeModelHeader(bytes, file), file);
  expectClassifier(metadata, file);
  expectShape(metadata, shape, file);
  const layer = readParts(file, () => lastLayer(bytes, 'logit'));
  if (layer === undefined) {
    throw new PqrstError(
      'ERR_MODEL',
      `${file} has no hidden layer in float32 before its logit; give the model.onnx of a run of pqrst train, as it was written`,
    );
  }
  const trained = basename(file) === runFiles.model ? await trainingOfModel(file, metadata) : undefined;
  if (trained?.isSynthetic) {
    throw new PqrstError(
      'ERR_OPTION',
      `the network ${file} was trained on ${trained.source}, which are synthetic records; train one on real records`,
    );
  }
  const lengthSamples = samplesOf(shape.seconds, shape.fsHz);
  const program = {
    bytes: withInnerOutput(bytes, layer.input, layer.width),
    inputs: [{ name: 'ecg', type: 'float32' as const, shape: ['N', 1, lengthSamples] }],
    outputs: [{ name: layer.input, type: 'float32' as const, shape: ['N', layer.width] }],
    state: [],
  };
  const execution = await engine.load(program, new Map());
  return {
    features: async (signals) => {
      const found: Float64Array[] = [];
      for (let first = 0; first < signals.length; first += batchSize) {
        const some = signals.slice(first, first + batchSize);
        const data = new Float32Array(some.length * lengthSamples);
        for (const [at, signal] of some.entries()) {
          const row = data.subarray(at * lengthSamples, (at + 1) * lengthSamples);
          standardize(signal, row, `record ${first + at}`);
        }
        const outputs = await execution.run({ ecg: { data, shape: [some.length, 1, lengthSamples] } });
        const values = outputs[layer.input]!.data as Float32Array;
        for (let at = 0; at < some.length; at++) {
          found.push(Float64Array.from(values.subarray(at * layer.width, (at + 1) * layer.width)));
        }
      }
      return found;
    },
    withoutTrained: (set) => {
      const own = new Set(trained === undefined ? [] : trainedWindows(trained, set));
      const left = set.windows.filter((window) => !own.has(window));
      if (left.length === 0 && set.windows.length > 0) {
        throw new PqrstError(
          'ERR_DATA_EMPTY',
          `every patient of ${set.source} trained or validated the network ${file}; compare records of other patients`,
        );
      }
      const patients = (some: WindowSet['windows']) => new Set(some.map(patientOf)).size;
      const facts = {
        file,
        arch: metadata.arch ?? 'unknown',
        labels: metadata.classes!,
        features: layer.width,
        trainedOn: trained?.source ?? null,
        leftOutPatients: patients(set.windows) - patients(left),
      };
      return { set: { ...set, windows: left }, facts };
    },
    close: () => execution.close(),
  };
}

function expectClassifier({ setting, classes = [], preprocessing }: ModelMetadata, file: string): void {
  if (setting === undefined || classes.length < 2) {
    throw new PqrstError(
      'ERR_MODEL',
      `${file} ${classes.length < 2 ? 'names no classes' : 'does not state the setting of its training'}; ` +
        'give the model.onnx of a run of pqrst train',
    );
  }
  if (setting !== 'real' && setting !== 'real+real') {
    throw new PqrstError(
      'ERR_OPTION',
      `${file} was trained with the setting ${setting}, which has synthetic records; the network of a comparison must be ` +
        'trained on real records only: train one with `setting` real',
    );
  }
  if (preprocessing !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `${file} computes ${preprocessing.join(' and ')} itself; give the model.onnx of the run, which takes prepared records`,
    );
  }
}

function expectShape(metadata: ModelMetadata, shape: RecordShape, file: string): void {
  const leads = modelLeads(metadata.leads);
  const expected = {
    'sampling rate in Hz (`fsHz`)': [metadata.fsHz, shape.fsHz],
    'number of samples (`seconds`)': [metadata.lengthSamples, samplesOf(shape.seconds, shape.fsHz)],
    'number of leads': [metadata.leads?.length ?? 1, 1],
    // A network of a lead without a standard name takes any lead.
    'lead (`leads`)': [leads?.join(','), leads && canonicalLead(shape.lead)],
    'filter in Hz (`filter`)': [metadata.filter ?? 'none', shape.filter ?? 'none'],
    scaling: [metadata.scaling, 'zscore'],
  } as const;
  for (const [name, [ofNetwork, ofRecords]] of Object.entries(expected)) {
    if (ofNetwork === ofRecords) continue;
    throw new PqrstError(
      'ERR_OPTION',
      `${file} takes records with the ${name} ${ofNetwork}, but the compared records have ${ofRecords}; compare records as ` +
        'the network takes them, or give another network',
    );
  }
}
