// Describes folders for `pqrst info PATH`: corpora, experiments, runs and data sets; and the files that hold their facts.

import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists } from '../base/files.js';
import { plural } from '../base/text.js';
import { unreadable } from '../codecs/input.js';
import { type Found, word } from './info-found.js';

/** Describes a folder. It throws as `infoOfPath` does. */
export async function folderInfo(path: string): Promise<Found> {
  const names = new Set(
    await readdir(path).catch((cause) => {
      throw unreadable(path, 'the folder', cause);
    }),
  );
  if (names.has('manifest.json')) return corpusInfo(path);
  if (names.has('.pqrst')) {
    return {
      what: 'an unfinished corpus',
      facts: {},
      next: [`pqrst synth ... --out ${word(path)} --resume`],
    };
  }
  if (names.has('experiment.json')) return experimentInfo(path, names.has('report.html'));
  if (names.has('metrics.json')) return runInfo(path, names.has('model.onnx'));
  if (names.has('checkpoint.bin')) return checkpointInfo(join(path, 'checkpoint.bin'));
  const { findDatasets } = await import('../datasets/recognize.js');
  const [set] = await findDatasets(path);
  const { source } = set!;
  const { datasetKinds } = await import('../datasets/kinds.js');
  const kind = datasetKinds.find((one) => source.startsWith(`${one.kind}:`))!;
  return {
    what: `a data set of the kind ${kind.kind}`,
    facts: { about: kind.about },
    next: [`pqrst data ${word(source)}`],
  };
}

/** Describes a corpus by its manifest. */
export async function corpusInfo(folder: string): Promise<Found> {
  const { readManifest } = await import('../corpus/manifest.js');
  const { generator, records, counts, request, lengthSamples, sets } = await readManifest(folder);
  const shards = sets.reduce((sum, set) => sum + set.shards.length, 0);
  return {
    what: `a corpus of synthetic records, written by ${generator}`,
    facts: {
      records: `${records} (${Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')})`,
      signals: `${lengthSamples} samples at ${request.fsHz} Hz`,
      format: `${request.format}, ${plural(shards, 'shard')}`,
    },
    next: [
      `pqrst verify ${word(folder)}`,
      `pqrst data ${word(`corpus:${folder}`)}`,
      `pqrst regenerate ${word(folder)} --index 0`,
    ],
  };
}

async function experimentInfo(folder: string, isReported: boolean): Promise<Found> {
  const { readExperiment } = await import('../experiment/folder.js');
  const { version, config } = await readExperiment(folder);
  const listed = (name: string) => [config[name]].flat().join(', ');
  return {
    what: `an experiment, started by pqrst ${version}`,
    facts: {
      ...{ data: listed('data'), tasks: listed('tasks'), architectures: listed('archs') },
      ...{ report: isReported ? join(folder, 'report.html') : 'not written yet' },
    },
    next: [`pqrst experiment ... --out ${word(folder)} (with the same options, resumes it)`],
  };
}

async function runInfo(folder: string, hasModel: boolean): Promise<Found> {
  const { RunFolder } = await import('../run/run-folder.js');
  const metrics = await new RunFolder(folder).readMetrics({});
  const { config, data, curve } = metrics!;
  const { task, arch, setting } = config;
  const model = word(join(folder, 'model.onnx'));
  return {
    what: 'a finished run',
    facts: {
      training: [task, arch, setting].map(String).join(', '),
      data: data.source,
      windows: `${data.lengthSamples} samples at ${data.fsHz} Hz, ${data.leads.length > 1 ? 'leads' : 'lead'} ${data.leads.join(', ')}`,
      validations: curve.length,
    },
    next: [
      ...(hasModel ? [`pqrst evaluate --model ${model} --data KIND:DIR`] : []),
      `pqrst export ${word(folder)} --out model.onnx`,
    ],
  };
}

/** Describes a checkpoint file. */
export async function checkpointInfo(path: string): Promise<Found> {
  const { readCheckpoint } = await import('../train/checkpoint.js');
  const { config, progress, current } = await readCheckpoint(path);
  const { phase, epoch, step, best } = progress;
  const folder = dirname(path);
  return {
    what: 'a checkpoint: the state of a training',
    facts: {
      training: ['task', 'arch', 'setting']
        .flatMap((name) => (config[name] === undefined ? [] : String(config[name])))
        .join(', '),
      progress: `phase ${phase}, ${plural(epoch, 'epoch')}, ${plural(step, 'step')}`,
      best:
        best === null
          ? 'no validation yet'
          : `epoch ${best.epoch}, validation loss ${best.valLoss.toPrecision(4)}`,
    },
    next: [
      current.size > 0 && !(await exists(join(folder, 'metrics.json')))
        ? `pqrst train ... --out ${word(folder)} --resume`
        : `pqrst export ${word(folder)} --out model.onnx`,
    ],
  };
}
