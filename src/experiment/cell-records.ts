// The configuration of one training of an experiment, and its records.

import { randomStream } from '../base/random.js';
import { addedWindows, type MakingOptions } from '../run/added.js';
import type { TrainConfig, TrainConfigInput } from '../run/config.js';
import type { RecordSource } from '../run/record-source.js';
import {
  type PhaseSides,
  realSides,
  type SideSummary,
  summarizeSide,
  summarizeSynthetic,
  syntheticSides,
} from '../run/sides.js';
import type { ExperimentConfig } from './config.js';
import { cutPositives, cutShare, type TaskData } from './data.js';
import type { Choice } from './hyper-parameters.js';
import type { CellKey } from './results.js';

/** The records of one training, with their counts. */
export interface CountedSides {
  readonly sides: PhaseSides;
  readonly train: SideSummary;
  readonly val: SideSummary;
}

/** Returns the configuration of a training, in the form that `pqrst train` uses. */
export function trainConfigOf(
  config: ExperimentConfig,
  { task, arch, setting, ratio }: CellKey,
  pair: number,
  choice: Partial<Choice> | undefined = {},
  epochs = config.epochs,
): TrainConfigInput {
  const { preset, ownClasses, fsHz, seconds, leads, filter, labelMap, split, batch, syntheticCount } = config;
  const { weightDecay, validateEvery, patience, schedule, fineTuneSchedule } = config;
  const rate = setting === 'syn-real' ? 'fineTuneLearningRate' : 'learningRate';
  const { shiftRate, maskRate, archOptions = config.archOptions[arch] ?? {} } = choice;
  const { learningRate = config[rate] } = choice;
  return {
    task,
    setting,
    ...(ratio !== null && { ratio }),
    arch,
    archOptions: archOptions as Record<string, number | string | boolean>,
    preset,
    ...(ownClasses && { ownClasses }),
    ...(labelMap && { labelMap }),
    fsHz,
    seconds,
    ...(leads && { leads }),
    ...(filter !== undefined && { filter }),
    // The seed is equal for all settings of a pair: they start from equal weights and see windows in the same order.
    seed: randomStream(config.seed, 'run', task, arch, pair).below(2 ** 31),
    split,
    batch,
    epochs,
    syntheticCount,
    weightDecay,
    validateEvery,
    patience,
    schedule,
    fineTuneSchedule,
    ...(learningRate !== undefined && { [rate]: learningRate }),
    ...(shiftRate !== undefined && { shiftRate }),
    ...(maskRate !== undefined && { maskRate }),
  };
}

/**
 * Returns the windows of a pair, at most `positives` positives or a share of them for training, with those that the
 * setting adds. The counts are those without added windows.
 */
export async function realRecords(
  config: TrainConfig,
  { pairs, task: { labels } }: TaskData,
  { positives, share }: CellKey,
  pair: number,
  list: RecordList,
  making: MakingOptions,
): Promise<CountedSides> {
  const { seed } = list;
  const { train: all, val } = pairs[pair - 1]!;
  const cut = positives === null ? all : cutPositives(all, positives, seed, pair);
  const train = share === null ? cut : cutShare(cut, share, seed, pair);
  const added = await addedWindows(config, train, list, making);
  return {
    sides: realSides(config, [...train, ...added], val),
    train: summarizeSide(train, labels.length),
    val: summarizeSide(val, labels.length),
  };
}

/** The endless list of synthetic records, with the seed of the experiment, and the block of a pair. */
export interface RecordList {
  readonly seed: number;
  readonly block: number;
  readonly source: RecordSource | undefined;
}

/** Returns the synthetic records of a pair: ranges of the endless list of records that no other pair reads. */
export function syntheticRecords(config: TrainConfig, list: RecordList): CountedSides {
  const { training, validation } = syntheticSides(config, list);
  return {
    sides: { training, validation },
    train: summarizeSynthetic(training),
    val: summarizeSynthetic(validation),
  };
}
