// The contract between the run of a generator and its kind: which phases train which networks, which files hold them, and
// how records are made with these files. One file per kind implements it.

import type { Engine, Execution, State } from '../engine/engine.js';
import type { Graph } from '../graph/graph.js';
import type { ArchOptions, HyperParameters } from '../nn/models/architecture.js';
import type { TrainerInput, TrainerPlan, TrainingSnapshot } from '../train/trainer.js';
import type { RecordSet } from './records.js';
import type { Rhythms } from './rhythm.js';
import type { CleanRecords } from './sample-diffusion.js';
import type { SampleRequest } from './sample-records.js';

/** The names of all kinds of generators. */
export const generatorNames = ['diffwave', 'time-diffusion', 'time-vqvae'] as const;
/** The name of a kind of generator. */
export type GeneratorName = (typeof generatorNames)[number];

/** The sizes of a generator: `small` trains on two cores within hours, `paper` has the published sizes and needs a GPU. */
export const generatorSizes = ['small', 'paper'] as const;
/** The size of a generator. */
export type GeneratorSize = (typeof generatorSizes)[number];

/** What the networks of a generator depend on, besides their weights. */
export interface GeneratorPlan {
  readonly size: GeneratorSize;
  /** All hyper-parameters, as `parse` returns them. */
  readonly options: ArchOptions;
  /** Number of channels C that are learnt. */
  readonly channels: number;
  /** Number of samples L per channel. */
  readonly lengthSamples: number;
  readonly fsHz: number;
  /** Number of labels K. */
  readonly labels: number;
  readonly seed: number;
}

/** The training settings of a phase. A run may replace the first three. */
export interface PhaseSettings {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly warmUpSteps: number;
  readonly clipNorm?: number;
  readonly emaDecay?: number;
}

/** What a phase takes besides its plan. */
export interface PhaseContext {
  readonly engine: Engine;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly training: RecordSet;
  readonly validation: RecordSet;
  /** Batch, and the number of batches between two validations. */
  readonly batch: number;
  readonly batchesPerEpoch: number;
  /** The best weights of the earlier phases of the same stage, by name. */
  readonly earlier: ReadonlyMap<string, State>;
  /** The best weights of this phase in the earlier stage; undefined in the first. */
  readonly start: State | undefined;
}

/** The part of a training that does not depend on the kind. */
export type PhaseRun = Omit<
  TrainerInput<object>,
  'objective' | 'training' | 'validation' | 'weights' | 'plan' | 'engine' | 'threads' | 'signal'
> & { readonly plan: TrainerPlan };

/** How records are sampled: numbers and words by name, with every default. They are part of a corpus's identity. */
export type Sampling = Readonly<Record<string, number | string>>;

/** Makes the records of a request, [count, C, L]. */
export type Sampler = (request: SampleRequest) => Promise<Float32Array>;

/** What a sampler depends on, besides its networks. */
export interface SamplerOptions {
  readonly seed: number;
  readonly sampling: Sampling;
  /** Opens a preset of the simulator, whose records are refined if `sampling` has the entry `refine`. */
  readonly simulator: (preset: string) => CleanRecords;
  /** What `rhythms` returned in the training. */
  readonly rhythms: Rhythms | undefined;
}

/** A kind of generator. */
export interface GeneratorKind {
  /** Name in commands. */
  readonly name: GeneratorName;
  /** Title for reports. */
  readonly title: string;
  /** Authors, year and number of the paper. */
  readonly paper: string;
  /** Hyper-parameters with their meaning, allowed values and defaults. */
  readonly hyperParameters: HyperParameters;
  /** Names of the phases, in the order of their training. */
  readonly phases: readonly string[];
  /**
   * Checks hyper-parameters, and returns all of them for a size.
   *
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when one is unknown or its value is not allowed.
   */
  parse(size: GeneratorSize, options: ArchOptions): ArchOptions;
  /** Returns the settings of a phase. */
  settings(phase: string, size: GeneratorSize): PhaseSettings;
  /**
   * Checks that the networks can take the records of the plan, before data are read.
   *
   * @returns The number of trained weights.
   * @throws PqrstError ERR_RANGE: when they cannot.
   */
  parameters(plan: GeneratorPlan): number;
  /** Trains a phase, or continues it from `run.resume`. */
  train(phase: string, plan: GeneratorPlan, context: PhaseContext, run: PhaseRun): Promise<TrainingSnapshot>;
  /**
   * Returns the beats that new records follow; undefined if the networks decide where the beats are.
   *
   * @param training - The training records.
   */
  rhythms(plan: GeneratorPlan, training: RecordSet): Rhythms | undefined;
  /** Returns the graphs of the ONNX files by name, without suffix, with the best weights of each phase as constants. */
  networks(plan: GeneratorPlan, weights: ReadonlyMap<string, State>): Record<string, Graph>;
  /**
   * Checks the options of sampling, and returns all of them.
   *
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when one is unknown or out of range.
   */
  sampling(given: Sampling): Sampling;
  /** Returns the sampler that runs these files. */
  sampler(
    plan: GeneratorPlan,
    networks: (name: string) => Pick<Execution, 'run'>,
    options: SamplerOptions,
  ): Sampler;
}
