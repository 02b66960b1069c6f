// `pqrst train-generator`: one generator from its configuration to its folder. Each phase writes a checkpoint, from which
// an interrupted training continues. At the end it writes the ONNX files and, last, generator.json.

import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { expectWritable, isAbsent, writeError, writeFileAtomic } from '../base/files.js';
import { heldName, holdFolder } from '../base/folder-lock.js';
import { parseOptions } from '../base/options.js';
import { packageVersion } from '../base/version.js';
import type { Device, Engine, State } from '../engine/engine.js';
import { type EngineOrChoice, withEngine } from '../engine/open.js';
import { encodeModel } from '../graph/proto.js';
import { simplifyGraph } from '../model/export.js';
import type { SkippedRecord, WindowSet } from '../signal/window.js';
import { type Checkpoint, type CurvePoint, readCheckpoint, writeCheckpoint } from '../train/checkpoint.js';
import { curveCsv } from '../train/curve.js';
import { expectIdentity } from '../train/identity.js';
import { warmUpCosine } from '../train/schedule.js';
import type { TrainerPlan, TrainingEvent } from '../train/trainer.js';
import { type GeneratorConfig, type GeneratorConfigInput, parseGeneratorConfig } from './config.js';
import { type GeneratorData, openGeneratorData, type StageData } from './data.js';
import { type GeneratorFile, GeneratorFolder, generatorSchema, sha256 } from './folder.js';
import type { GeneratorPlan } from './kind.js';
import { generatorKinds } from './kinds.js';
import { countOf } from './records.js';

/** The options of `trainGenerator` besides the configuration. */
export interface TrainGeneratorOptions extends EngineOrChoice {
  /** The folder of the generator. It is created if it does not exist. */
  readonly out: string;
  /** A data set as `KIND:DIR`, or windows; required unless the setting is syn. */
  readonly data?: string | WindowSet | undefined;
  /** Continues from the checkpoints in `out`. The weights are the same as those of an uninterrupted training. */
  readonly resume?: boolean | undefined;
  /** Rejects data with a row, path or record that cannot be read. Default: it is skipped. */
  readonly strict?: boolean | undefined;
  /** Number of threads per operator, from 1; default the number of cores. */
  readonly threads?: number | undefined;
  /** Aborts the training, which rejects with `signal.reason`; a later call with `resume` continues it. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each event of the training, for a progress bar or a log. */
  readonly onEvent?: ((event: GeneratorEvent) => void) | undefined;
}

/** The events of a generator's training. */
export type GeneratorEvent =
  | { readonly kind: 'engine'; readonly name: string; readonly device: Device; readonly reason: string }
  | { readonly kind: 'loading'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'data';
      /** Training and validation records per label of each stage. */
      readonly stages: readonly {
        readonly name: string;
        readonly training: number[];
        readonly validation: number[];
      }[];
      readonly labels: readonly string[];
      readonly skipped: readonly SkippedRecord[];
      readonly notes: readonly string[];
    }
  | { readonly kind: 'phase'; readonly phase: string; readonly steps: number; readonly parameters: number }
  | TrainingEvent;

/**
 * Trains a generator and writes its folder: `generator.json`, the ONNX files of its networks, `curve.csv` and
 * checkpoints. With `resume` an interrupted training continues from its last validation and ends with the same weights.
 *
 * @param given - The configuration; only `kind` and `task` are required.
 * @param options - The folder, the real records, the engine, a signal and a listener for events.
 * @returns The content of generator.json.
 * @example
 * ```ts
 * import { trainGenerator } from 'pqrst/train';
 *
 * // Small, so that the example takes seconds. With real records: setting 'real', and data: 'ptb-xl:DIR'.
 * const { labels, parameters } = await trainGenerator(
 *   {
 *     kind: 'diffwave',
 *     task: 'af',
 *     setting: 'syn',
 *     seconds: 2,
 *     options: { blocks: 5, cycle: 5, channels: 8 },
 *     syntheticCount: 16,
 *     batch: 8,
 *     steps: 2,
 *     stepsPerValidation: 2,
 *   },
 *   { out: 'generator' },
 * );
 * console.log(labels, parameters);
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH: when the configuration is invalid.
 * @throws PqrstError ERR_DATA_EMPTY: when a label has too few records.
 * @throws PqrstError ERR_WRITE: when `out` holds another generator, another process works in it, or it cannot be written.
 * @throws PqrstError ERR_CHECKPOINT: when `resume` finds the checkpoint of another training.
 * @throws PqrstError ERR_DIVERGED: when the loss is no longer a finite number.
 * @throws PqrstError The errors of `openDataset` and of the engine.
 */
export async function trainGenerator(
  given: GeneratorConfigInput,
  options: TrainGeneratorOptions,
): Promise<GeneratorFile> {
  const config = parseGeneratorConfig(given);
  parseOptions(z.looseObject({ out: z.string('the folder of the generator') }), options, 'trainGenerator');
  options.signal?.throwIfAborted();
  const folder = new GeneratorFolder(options.out);
  await expectWritable(folder.description);
  const release = await holdFolder(folder.path);
  try {
    if (!options.resume) await refuseEarlier(folder);
    return await withEngine(options, (engine) => trainWith(config, { ...options, engine, folder }));
  } finally {
    await release();
  }
}

interface Context extends TrainGeneratorOptions {
  readonly engine: Engine;
  readonly folder: GeneratorFolder;
}

async function trainWith(config: GeneratorConfig, context: Context): Promise<GeneratorFile> {
  const { folder, engine, signal, onEvent } = context;
  if (config.size === 'paper' && engine.device === 'cpu') {
    throw new PqrstError(
      'ERR_OPTION',
      'the size paper needs a GPU: on a processor, a step of diffwave takes more than a minute; choose the size small, or ' +
        '`device` cuda',
    );
  }
  const began = performance.now();
  const data = await openGeneratorData(config.data, context.data, {
    ...(signal && { signal }),
    strict: context.strict,
    onProgress: (done, total) => onEvent?.({ kind: 'loading', done, total }),
  });
  const stages = data.stages.map(({ name, training, validation }) => {
    return { name, training: countOf(training), validation: countOf(validation) };
  });
  const { labels, skipped, notes } = data;
  onEvent?.({ kind: 'data', stages, labels, skipped, notes });
  const { name, device, deviceReason: reason = '' } = engine;
  onEvent?.({ kind: 'engine', name, device, reason });
  const kind = generatorKinds[config.kind];
  const plan: GeneratorPlan = {
    ...{ size: config.size, options: config.options, seed: config.data.seed },
    channels: data.channels.length,
    ...{ fsHz: data.fsHz, lengthSamples: data.lengthSamples },
    labels: labels.length,
  };
  const parameters = kind.parameters(plan);
  const { weights, curve } = await trainStages(config, data, plan, parameters, context);
  const hashes: Record<string, string> = {};
  // On the processor, because another device can round constants to fewer bits.
  const exporter: EngineOrChoice = engine.device === 'cpu' ? { engine } : { device: 'cpu' };
  for (const [network, graph] of Object.entries(kind.networks(plan, weights))) {
    const bytes = encodeModel(await withEngine(exporter, (engine) => simplifyGraph(graph, engine)));
    await writeFileAtomic(folder.network(network), bytes);
    hashes[network] = sha256(bytes);
  }
  const rhythms = kind.rhythms(plan, data.stages.at(-1)!.training);
  const ofRhythms = rhythms && (await folder.writeRhythms(rhythms));
  await writeFileAtomic(folder.file('curve.csv'), curveCsv(curve));
  const { leads, channels, fsHz, lengthSamples } = data;
  const file: GeneratorFile = JSON.parse(
    JSON.stringify({
      ...{ schema: generatorSchema, version: packageVersion(), kind: config.kind, size: config.size },
      ...{ options: config.options, parameters, labels, leads, channels, fsHz, lengthSamples },
      ...(config.data.filter !== undefined && { filter: config.data.filter }),
      config,
      trainedOn: {
        ...{ source: data.source, patients: data.patients },
        records: countOf(data.stages.at(-1)!.training),
      },
      ...(ofRhythms && { rhythms: ofRhythms }),
      ...{ files: hashes, curve, seconds: (performance.now() - began) / 1000 },
    }),
  );
  await folder.finish(file);
  return file;
}

/** Trains the phases of each stage in order; those that a checkpoint shows as finished return at once. */
async function trainStages(
  config: GeneratorConfig,
  data: GeneratorData,
  plan: GeneratorPlan,
  parameters: number,
  { folder, engine, threads, signal, resume = false, onEvent }: Context,
): Promise<{ readonly weights: ReadonlyMap<string, State>; readonly curve: readonly CurvePoint[] }> {
  const kind = generatorKinds[config.kind];
  let before: ReadonlyMap<string, State> = new Map();
  let curve: readonly CurvePoint[] = [];
  for (const stage of data.stages) {
    const weights = new Map<string, State>();
    for (const phase of kind.phases) {
      const name = phaseName(stage, kind.phases, phase);
      const path = folder.checkpoint(name);
      const settings = { ...kind.settings(phase, config.size), ...givenSettings(config) };
      const epochs = Math.ceil(settings.steps / config.stepsPerValidation);
      const batchesPerEpoch = Math.min(settings.steps, config.stepsPerValidation);
      const identity = identityOf(config, data, { phase: name, ...settings });
      const checkpoint = resume ? await existing(path) : undefined;
      if (checkpoint !== undefined) {
        const remedy = 'resume with the options of that training, or train into another folder';
        expectIdentity(path, checkpoint.config, identity, remedy);
      }
      onEvent?.({ kind: 'phase', phase: name, steps: epochs * batchesPerEpoch, parameters });
      const trainer: TrainerPlan = {
        ...{ phase: name, batchSize: settings.batch, seed: config.data.seed },
        learningRate: settings.learningRate,
        schedule: warmUpCosine({
          warmUpSteps: Math.min(settings.warmUpSteps, settings.steps / 4),
          lastShare: 0.05,
        }),
        ...{ weightDecay: settings.weightDecay, clipNorm: settings.clipNorm, emaDecay: settings.emaDecay },
        ...{ epochs, validateEvery: 1, patience: config.patience },
      };
      const { best, progress } = await kind.train(
        phase,
        plan,
        {
          ...{ engine, threads, signal, training: stage.training, validation: stage.validation },
          ...{ batch: settings.batch, batchesPerEpoch, earlier: weights, start: before.get(phase) },
        },
        {
          plan: trainer,
          ...{ curve, resume: checkpoint, onEvent },
          onSnapshot: (snapshot) => writeCheckpoint(path, { config: identity, ...snapshot }),
        },
      );
      weights.set(phase, best);
      curve = progress.curve;
    }
    before = weights;
  }
  return { weights: before, curve };
}

function phaseName({ name }: StageData, phases: readonly string[], phase: string): string {
  if (phases.length === 1) return name;
  return name === 'train' ? phase : `${name}-${phase}`;
}

function givenSettings({ steps, batch, learningRate }: GeneratorConfig) {
  return {
    ...(steps !== undefined && { steps }),
    ...(batch !== undefined && { batch }),
    ...(learningRate !== undefined && { learningRate }),
  };
}

/** Returns the values that decide the weights of a phase, for its checkpoint. */
function identityOf(config: GeneratorConfig, data: GeneratorData, settings: object): Checkpoint['config'] {
  const { data: records, steps: _, batch: _batch, learningRate: _rate, ...rest } = config;
  const counts = data.stages.map(({ training, validation }) => [training.count, validation.count]);
  return JSON.parse(
    JSON.stringify({
      schema: generatorSchema,
      ...rest,
      ...records,
      ...settings,
      data: data.source,
      windows: counts,
    }),
  );
}

async function existing(path: string): Promise<Checkpoint | undefined> {
  try {
    return await readCheckpoint(path);
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}

async function refuseEarlier(folder: GeneratorFolder): Promise<void> {
  const names = await readdir(folder.path).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw writeError(folder.path, error);
  });
  const earlier = names.find(
    (name) => !name.startsWith(heldName) && (name === 'generator.json' || /\.(bin|onnx)$/.test(name)),
  );
  if (earlier === undefined) return;
  throw new PqrstError(
    'ERR_WRITE',
    `${folder.path} holds ${earlier} of an earlier training; continue it with \`resume\`, or choose another folder`,
  );
}
