// Describes folders for `pqrst info PATH`: corpora, experiments, runs and data sets; and the files that hold their facts.

import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { exists } from '../base/files.js';
import { plural } from '../base/text.js';
import { unreadable } from '../codecs/input.js';
import { isLearned } from '../corpus/learned.js';
import {
  type CorpusManifest,
  listName,
  type ManifestShard,
  manifestIn,
  readManifest,
} from '../corpus/manifest.js';
import { isRemote } from '../store/address.js';
import { eachOf } from '../store/budget.js';
import { openStore } from '../store/store.js';
import { damageOf, type Found, word } from './info-found.js';

/** A shard is at most this many folders below its corpus. */
const mostLevels = 4;
const headsAtOnce = 16;

/** Describes a folder. It throws as `infoOfPath` does. */
export async function folderInfo(path: string): Promise<Found> {
  const names = new Set(
    await readdir(path).catch((cause) => {
      throw unreadable(path, 'the folder', cause);
    }),
  );
  if (manifestIn([...names]) !== undefined) return corpusInfo(path);
  if (names.has('.pqrst')) {
    return {
      what: 'an unfinished corpus',
      facts: {},
      next: [`pqrst synth ... --out ${word(path)} --resume`],
    };
  }
  if (names.has('generator.json') || [...names].some((name) => /^checkpoint-.+\.bin$/.test(name))) {
    const { generatorInfo, unfinishedGenerator } = await import('./info-generator.js');
    return names.has('generator.json') ? generatorInfo(path) : unfinishedGenerator(path, [...names].sort());
  }
  if (names.has('experiment.json')) return experimentInfo(path, names.has('report.html'));
  if (names.has('metrics.json')) return runInfo(path, names);
  if (names.has('checkpoint.bin')) return checkpointInfo(join(path, 'checkpoint.bin'));
  const part = await partInfo(path);
  if (part !== undefined) return part;
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
  const { generator, records, counts, request, lengthSamples, sets, spec } = await readManifest(folder);
  const learned = isLearned(spec) ? spec : undefined;
  const shards = sets.reduce((sum, set) => sum + set.shards.length, 0);
  const damage = isRemote(folder) ? await objectDamage(folder, sets) : await shardDamage(folder, sets);
  return {
    what: `a corpus of ${learned === undefined ? 'synthetic' : 'generated'} records, written by ${generator}`,
    facts: {
      ...(learned && { generator: `${learned.generator}, hash ${learned.sha256}` }),
      records: `${records} (${Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')})`,
      signals: `${lengthSamples} samples at ${request.fsHz} Hz`,
      format: `${request.format}, ${plural(shards, 'shard')}`,
    },
    next: [
      `pqrst verify ${word(folder)}`,
      `pqrst data ${word(`corpus:${folder}`)}`,
      ...(learned === undefined ? [`pqrst regenerate ${word(folder)} --index 0`] : []),
    ],
    ...(damage !== undefined && { damage }),
  };
}

/** Returns what is wrong with the first shard that is missing or has another size; `pqrst verify` reads all bytes. */
async function shardDamage(folder: string, sets: CorpusManifest['sets']): Promise<string | undefined> {
  for (const shard of sets.flatMap((set) => set.shards)) {
    const found = await stat(join(folder, shard.path)).catch(() => undefined);
    if (found === undefined) return `the shard ${shard.path} is missing; pqrst verify names every fault`;
    if (found.isFile() && found.size !== shard.bytes) {
      return `the shard ${shard.path} holds ${found.size} bytes, and the manifest states ${shard.bytes}; pqrst verify names every fault`;
    }
  }
  return undefined;
}

/** Returns what is wrong with a shard in a bucket: the list of a shard of several files is its last object. */
async function objectDamage(address: string, sets: CorpusManifest['sets']): Promise<string | undefined> {
  const store = await openStore(address);
  const damages: string[] = [];
  try {
    await eachOf(
      sets.flatMap((set) => set.shards),
      headsAtOnce,
      async ({ path, files, bytes }) => {
        const found = await store.head(files === 1 ? path : `${path}/${listName}`);
        if (found === undefined) damages.push(`the shard ${path} is missing`);
        else if (files === 1 && found.bytes !== bytes) {
          damages.push(`the shard ${path} holds ${found.bytes} bytes, and the manifest states ${bytes}`);
        }
      },
    );
  } finally {
    store.close();
  }
  const [first] = damages.sort();
  return first && `${first}; pqrst verify names every fault`;
}

/** A part of a corpus. */
interface PlaceInCorpus {
  readonly corpus: string;
  /** True for a folder above shards; otherwise it is a shard or in a shard. */
  readonly isSet: boolean;
  /** The shards of the part: one, or those of a set. */
  readonly shards: readonly ManifestShard[];
}

/** Finds the corpus that a file or folder is a part of: a set, a shard, or a file of a shard. */
export async function placeInCorpus(path: string): Promise<PlaceInCorpus | undefined> {
  let corpus = path;
  for (let level = 0; level < mostLevels; level++) {
    corpus = join(corpus, '..');
    const manifest = await manifestAbove(corpus);
    if (manifest === undefined) continue;
    const inside = relative(resolve(corpus), resolve(path)).split(sep).join('/');
    const all = manifest.sets.flatMap((set) => set.shards);
    const below = all.filter((one) => one.path.startsWith(`${inside}/`));
    const shards = below.length > 0 ? below : all.filter((one) => `${inside}/`.startsWith(`${one.path}/`));
    return shards.length === 0 ? undefined : { corpus, isSet: below.length > 0, shards };
  }
  return undefined;
}

/** Reads the manifest of a folder; undefined if it has none, or one of another program. */
async function manifestAbove(folder: string): Promise<CorpusManifest | undefined> {
  try {
    return await readManifest(folder);
  } catch (error) {
    if (error instanceof PqrstError && ['ERR_CORPUS', 'ERR_NOT_FOUND'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Describes the folder of a set or of a shard of a corpus; undefined if the folder is neither. */
async function partInfo(folder: string): Promise<Found | undefined> {
  const place = await placeInCorpus(folder);
  if (place === undefined) return undefined;
  const { corpus, isSet, shards } = place;
  const [first, last] = [shards[0]!, shards.at(-1)!];
  return {
    what: `a ${isSet ? 'set' : 'shard'} of the corpus ${corpus}`,
    facts: { records: `${first.start} to ${last.start + last.count - 1}` },
    next: [`pqrst info ${word(corpus)}`, `pqrst data ${word(`corpus:${corpus}`)}`],
  };
}

async function experimentInfo(folder: string, isReported: boolean): Promise<Found> {
  const { readExperiment } = await import('../experiment/folder.js');
  const { version, config } = await readExperiment(folder);
  const listed = (name: string) => [config[name]].flat().map(nameOf).join(', ');
  return {
    what: `an experiment, started by pqrst ${version}`,
    facts: {
      ...{ data: listed('data'), tasks: listed('tasks'), architectures: listed('archs') },
      ...{ report: isReported ? join(folder, 'report.html') : 'not written yet' },
    },
    next: [`pqrst experiment ... --out ${word(folder)} (with the same options, resumes it)`],
  };
}

/** Returns a word of a configuration, or the name of a task or of an architecture with options. */
function nameOf(one: unknown): string {
  return typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : String(one);
}

async function runInfo(folder: string, names: ReadonlySet<string>): Promise<Found> {
  const { RunFolder } = await import('../run/run-folder.js');
  const metrics = await new RunFolder(folder).readMetrics({});
  const { config, data, curve } = metrics!;
  const { task, arch, setting } = config;
  const [model, checkpoint] = [join(folder, 'model.onnx'), join(folder, 'checkpoint.bin')];
  const [hasModel, hasCheckpoint] = [names.has('model.onnx'), names.has('checkpoint.bin')];
  const { readCheckpoint } = await import('../train/checkpoint.js');
  const { modelHeader } = await import('./info-model.js');
  const modelDamage = hasModel ? await damageOf(() => modelHeader(model)) : undefined;
  const checkpointDamage = hasCheckpoint ? await damageOf(() => readCheckpoint(checkpoint)) : undefined;
  const damage = modelDamage ?? checkpointDamage;
  return {
    what: damage === undefined ? 'a finished run' : 'a finished run with a damaged file',
    facts: {
      training: [task, arch, setting].map(String).join(', '),
      data: data.source,
      windows: `${data.lengthSamples} samples at ${data.fsHz} Hz, ${data.leads.length > 1 ? 'leads' : 'lead'} ${data.leads.join(', ')}`,
      validations: curve.length,
    },
    next: [
      ...(hasModel && modelDamage === undefined
        ? [`pqrst evaluate --model ${word(model)} --data KIND:DIR`]
        : []),
      ...(hasCheckpoint && checkpointDamage === undefined
        ? [`pqrst export ${word(folder)} --out model.onnx`]
        : []),
    ],
    ...(damage !== undefined && { damage }),
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
