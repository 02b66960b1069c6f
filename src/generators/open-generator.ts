// Opens a trained generator as a source of labelled records.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions, whole } from '../base/options.js';
import type { LearnedSpec } from '../corpus/learned.js';
import type { Engine, Execution, Port, Program } from '../engine/engine.js';
import { type EngineOrChoice, openEngine } from '../engine/open.js';
import { decodeModelHeader, type ModelPort } from '../graph/header.js';
import { parseConfig, type TrainConfigInput } from '../run/config.js';
import type { RecordSource } from '../run/record-source.js';
import { labelAt } from '../signal/source.js';
import { writeLeads } from './channels.js';
import { type GeneratorFile, GeneratorFolder, generatorHash } from './folder.js';
import type { GeneratorPlan, Sampling } from './kind.js';
import { generatorKinds } from './kinds.js';
import type { CleanRecords } from './sample-diffusion.js';
import { simulatorRecords } from './simulator-records.js';

/** The options of `openGenerator`. */
export interface OpenGeneratorOptions extends EngineOrChoice {
  /** Seed of the records; default 0. */
  readonly seed?: number | undefined;
  /** Options of the sampling: `steps`, `guidance` and those of the kind; default those of the kind. */
  readonly sampling?: Sampling | undefined;
  /** Number of threads per operator, from 1; default the number of cores. It does not change the records. */
  readonly threads?: number | undefined;
}

/** An open generator: a source of z-scored records. Record i follows from generator, sampling, seed, i and label. */
export interface RecordGenerator extends RecordSource {
  /** The content of generator.json. */
  readonly file: GeneratorFile;
  /** What a corpus states about the generator. */
  readonly spec: LearnedSpec;
  /** Releases the networks. */
  close(): Promise<void>;
}

const schema = z.looseObject({
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  sampling: z.record(z.string(), z.union([z.number(), z.string()]), 'an object of options').default({}),
  threads: whole(1, 1024).optional(),
});

/**
 * Opens a generator that `trainGenerator` wrote.
 *
 * @param folder - the folder with `generator.json`
 * @param options - seed, sampling and engine
 * @returns a source of z-scored records, which `writeGenerated`, trainings and comparisons take. Close it after use.
 * @example
 * ```ts
 * import { openGenerator, trainGenerator } from 'pqrst/train';
 *
 * const tiny = { options: { blocks: 5, cycle: 5, channels: 8 }, syntheticCount: 16, batch: 8, steps: 2 };
 * await trainGenerator({ kind: 'diffwave', task: 'af', setting: 'syn', seconds: 2, ...tiny }, { out: 'generator' });
 * const generator = await openGenerator('generator', { sampling: { steps: 2 } });
 * const { signals } = await generator.batch({ labels: ['normal', 'af'], start: 0, count: 4 });
 * console.log(signals.length); // 4 records of 200 samples
 * await generator.close();
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the folder is not a finished generator, or a file is missing.
 * @throws PqrstError ERR_CHECKPOINT, ERR_MODEL: when a file is damaged.
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when an option is unknown or out of range.
 * @throws PqrstError The errors of the engine.
 */
export async function openGenerator(
  folder: string,
  options: OpenGeneratorOptions = {},
): Promise<RecordGenerator> {
  const { seed, sampling: given, threads } = parseOptions(schema, options, 'openGenerator');
  const files = new GeneratorFolder(folder);
  const file = await files.read();
  const kind = generatorKinds[file.kind];
  const sampling = kind.sampling(given);
  const networks = await files.readNetworks(file);
  const rhythms = await files.readRhythms(file);
  const { engine, isOwn } = await engineOf(options);
  const loaded = new Map<string, Execution>();
  const close = async () => {
    for (const execution of loaded.values()) await execution.close();
    if (isOwn) await engine.close();
  };
  try {
    for (const [name, bytes] of networks) {
      loaded.set(
        name,
        await engine.load(programOf(bytes), new Map(), threads === undefined ? {} : { threads }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const plan: GeneratorPlan = {
    ...{ size: file.size, options: file.options, seed: 0 },
    ...{ channels: file.channels.length, labels: file.labels.length },
    ...{ fsHz: file.fsHz, lengthSamples: file.lengthSamples },
  };
  const sampler = kind.sampler(plan, (name) => networkOf(loaded, name, folder), {
    ...{ seed, sampling, rhythms },
    simulator: (preset) => simulatorOf(file, preset, seed),
  });
  const { labels, leads, channels, fsHz, lengthSamples, trainedOn } = file;
  const codeOf = (label: string) => {
    const code = labels.indexOf(label);
    if (code >= 0) return code;
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `the generator ${folder} was not trained on the label "${label}"; its labels are ${labels.join(', ')}`,
    );
  };
  const sha256 = generatorHash(file);
  const ways = Object.entries(sampling).map(([name, value]) => `${name} ${value}`);
  return {
    ...{ file, labels, leads, fsHz, lengthSamples, unit: 'sd', close },
    id: `${file.kind} ${sha256.slice(0, 12)} (${ways.join(', ')}, seed ${seed})`,
    filter: file.filter,
    patients: trainedOn.patients,
    spec: {
      generator: file.kind,
      sha256,
      sampling,
      trainedOn: { source: trainedOn.source, patients: trainedOn.patients },
    },
    batch: async ({ labels: shown, start, count, signal, out }) => {
      const size = leads.length * lengthSamples;
      const signals = out ?? new Float32Array(count * size);
      const made = await sampler({ labels: shown.map(codeOf), start, count, ...(signal && { signal }) });
      const width = channels.length * lengthSamples;
      for (let row = 0; row < count; row++) {
        const record = made.subarray(row * width, (row + 1) * width);
        writeLeads(record, channels, leads, signals.subarray(row * size, (row + 1) * size));
      }
      return { signals };
    },
  };
}

/** Returns the records of a preset that a generator refines: those of its labels, with the seed of its records. */
function simulatorOf({ config, channels }: GeneratorFile, preset: string, seed: number): CleanRecords {
  const given = parseConfig({
    ...(config.data as TrainConfigInput),
    arch: 's4',
    setting: 'syn',
    preset,
    seed,
  });
  const { outputs, batch } = simulatorRecords(given, channels);
  return ({ records, shown, signal }) => {
    const start = records[0]!;
    const classes = shown.map((label, row) => labelAt(outputs[label]!, start + row));
    // The simulator takes the class of record i at place i % classes, so the list starts at the first record.
    const { length } = classes;
    const turned = classes.map((_, at) => classes[(at + length - (start % length)) % length]!);
    return batch(turned, start, length, signal);
  };
}

async function engineOf({
  engine,
  device,
  tfBackend,
}: EngineOrChoice): Promise<{ engine: Engine; isOwn: boolean }> {
  if (typeof engine === 'object') return { engine, isOwn: false };
  return { engine: await openEngine({ engine, device, tfBackend }), isOwn: true };
}

function networkOf(loaded: ReadonlyMap<string, Execution>, name: string, folder: string): Execution {
  const execution = loaded.get(name);
  if (execution !== undefined) return execution;
  throw new PqrstError(
    'ERR_CHECKPOINT',
    `generator.json of ${folder} lists no network "${name}"; restore it from a copy, or train the generator again`,
  );
}

/** Returns an ONNX file without state as a program. */
function programOf(bytes: Uint8Array): Program {
  const { inputs, outputs } = decodeModelHeader(bytes);
  const port = ({ name, dtype, shape }: ModelPort): Port => ({ name, type: dtype as Port['type'], shape });
  return { bytes, inputs: inputs.map(port), outputs: outputs.map(port), state: [] };
}
