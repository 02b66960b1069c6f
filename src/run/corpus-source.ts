// Decides whether an evaluation reads its windows from the shards of a corpus, row by row, or from a set of windows in
// memory. `synth:FILE` names a corpus of which nothing is stored: a request of `pqrst synth` as JSON, or the manifest of
// a corpus, whose records the kernel makes while they are evaluated.

import { createHash } from 'node:crypto';
import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { readInput } from '../codecs/input.js';
import { type CorpusPlan, changesRhythm, type SampleFiles } from '../corpus/format.js';
import { loadSamples } from '../corpus/formats/index.js';
import { damaged } from '../corpus/formats/stored.js';
import {
  type CorpusManifest,
  type ManifestShard,
  manifestNameOf,
  planOf,
  readManifest,
  readManifestFile,
} from '../corpus/manifest.js';
import { type CorpusRequest, planCorpus } from '../corpus/plan.js';
import { countShards, listShards } from '../corpus/shards.js';
import { expectFolder, parseDatasetRefs, refParts } from '../datasets/refs.js';
import { isRemote } from '../store/address.js';
import type { EvaluateOptions } from './evaluate.js';

const synthKind = 'synth';

/** A corpus whose samples are read, or made again, in any order. */
export interface CorpusSource {
  /** `corpus:DIR` or `synth:FILE`. */
  readonly source: string;
  readonly plan: CorpusPlan;
  /** SHA-256 that two sources share only if their records are the same. */
  readonly identity: string;
  /** How its shards are read; undefined if its records are made again. */
  readonly stored?: { readonly folder: string; readonly files: SampleFiles; readonly shards: StoredShards };
}

/** The shards of a corpus by their number in the whole corpus. */
export type StoredShards = readonly ManifestShard[];

/**
 * Returns the corpus of an evaluation; undefined if its windows are loaded as a set: those of other data sets, formats
 * that are read in order, records that change their rhythm, and with an open engine, TensorFlow.js or `dumpInputs`.
 *
 * @throws PqrstError ERR_OPTION: when the options need a corpus and the data are something else.
 * @throws PqrstError ERR_NOT_FOUND, ERR_CORPUS: when its manifest or request is missing or damaged.
 */
export async function corpusSource(options: EvaluateOptions): Promise<CorpusSource | undefined> {
  const { data, engine, dumpInputs, predictions } = options;
  const isSynth = typeof data === 'string' && refParts(data).kind === synthKind;
  const found = isSynth ? await synthSource(data) : await corpusFolder(data);
  const refuse = (why: string) => {
    if (!isSynth && predictions === undefined) return undefined;
    const what = isSynth ? `\`data\` ${data}` : '`predictions`';
    throw new PqrstError('ERR_OPTION', `${what} does not work with ${why}`);
  };
  if (found === undefined) {
    return refuse(
      'these data; a folder of predictions needs one corpus of pqrst synth, as corpus:DIR; write one CSV file of all windows ' +
        'instead',
    );
  }
  if ('problem' in found) return refuse(found.problem);
  if (changesRhythm(found.plan)) {
    return refuse(
      'records that change their rhythm, because each of their windows has labels of its own; leave classes such as ' +
        'normal>af out',
    );
  }
  if (engine !== undefined && engine !== 'onnxruntime') {
    return refuse('another engine than onnxruntime; leave `engine` out');
  }
  if (dumpInputs !== undefined) return refuse('`dumpInputs`; leave one of them out');
  return found;
}

/** Returns the corpus that is named, or why its shards cannot be read in any order; undefined for other data. */
async function corpusFolder(
  data: EvaluateOptions['data'],
): Promise<CorpusSource | { readonly problem: string } | undefined> {
  if (typeof data !== 'string') return undefined;
  const [ref, ...others] = parseDatasetRefs([data]);
  if (ref === undefined || ref.kind.kind !== 'corpus' || others.length > 0) return undefined;
  const { folder } = ref;
  if (isRemote(folder)) {
    return { problem: `the corpus ${folder} in a bucket; copy it to a folder first` };
  }
  await expectFolder(folder, 'corpus');
  const manifest = await readManifest(folder);
  const plan = planOf(manifest);
  const samples = await loadSamples(plan.format);
  if (samples === undefined) {
    return { problem: `a corpus of the format ${plan.format}; write it as npy or parquet` };
  }
  return {
    source: `corpus:${folder}`,
    plan,
    identity: manifest.checksum,
    stored: { folder, files: samples, shards: shardsOf(manifest, plan) },
  };
}

/**
 * Returns the shards of a manifest.
 *
 * @throws PqrstError ERR_CORPUS: when they are not those that follow from the plan.
 */
function shardsOf({ sets }: CorpusManifest, plan: CorpusPlan): StoredShards {
  const shards = sets.flatMap((set) => set.shards);
  const places = [...listShards(plan, 0, countShards(plan))];
  const wrong = places.find(({ start, count, place }) => {
    return shards[place]?.start !== start || shards[place].count !== count;
  });
  if (wrong !== undefined || shards.length !== places.length) {
    const at = wrong === undefined ? `after shard ${places.length}` : `at record ${wrong.start}`;
    throw damaged(manifestNameOf(plan), `has other shards ${at} than its request states`);
  }
  return shards;
}

async function synthSource(source: string): Promise<CorpusSource> {
  const { folder: path } = refParts(source);
  const fail = (problem: string, cause?: unknown) =>
    new PqrstError(
      'ERR_SPEC',
      `the request ${path} ${problem}; write a JSON object such as {"count": 1000, "classes": {"normal": 1, "af": 1}, ` +
        '"fsHz": 250, "seconds": 10}, or name the manifest.json of a corpus',
      { cause },
    );
  if (path === '') throw new PqrstError('ERR_OPTION', `"${source}" names no file; write ${synthKind}:FILE`);
  const bytes = await readInput(path, 'the request', fileLimits.manifest, (size) =>
    fail(`holds ${size} bytes`),
  );
  let given: unknown;
  try {
    given = parseJson(bytes.toString('utf8'));
  } catch (cause) {
    throw fail(`is not JSON (${(cause as Error).message})`, cause);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw fail('is not a JSON object');
  const plan =
    'checksum' in given
      ? planOf(await readManifestFile(path))
      : (await planCorpus({ format: 'npy', ...given } as CorpusRequest)).plan;
  const identity = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  return { source, plan, identity };
}
