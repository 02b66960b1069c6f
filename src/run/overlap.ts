// Checks that no corpus holds synthetic records that a training makes. A network that is fine-tuned, validated or tested on
// such a corpus would be scored on records that it was trained on. A record depends on the values of the simulator,
// the seed, its class and its index. Rate, length, unit and noise change only how the same heart beats are recorded.

import { isDeepStrictEqual } from 'node:util';
import { PqrstError } from '../base/errors.js';
import type { LabelledWindow } from '../batches/batches.js';
import type { CorpusPlan } from '../corpus/format.js';
import { isLearned } from '../corpus/learned.js';
import { planOf, readManifest } from '../corpus/manifest.js';
import { refParts, splitDatasetRefs } from '../datasets/refs.js';
import type { EcgClass } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import { type LabelTask, simulatedClasses, turnsOf } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import { modelOf } from '../synth/model.js';
import { narrowSpec } from '../synth/physiology/spec.js';
import { isPhysiological, type ModelSpec } from '../synth/presets.js';
import { addedCounts, addedRanges } from './added.js';
import type { TrainConfig } from './config.js';
import { blockOf } from './sides.js';
import { specOfTask } from './task-spec.js';

/** The synthetic records that a training trains and validates on. */
export interface TrainedRecords {
  readonly spec: ModelSpec;
  readonly seed: number;
  /** Record i is of the class `labelAt(classes, i)`. */
  readonly classes: readonly EcgClass[];
  /** Index of the first record. */
  readonly first: number;
  readonly count: number;
}

/** The part of a configuration on which the records of the simulator depend. */
type Simulated = Pick<TrainConfig, 'preset' | 'ownClasses' | 'labelMap' | 'seed'>;

/** Returns the spec of a task's records, and their classes by label. */
function specAndOutputs({ preset, ownClasses = [], labelMap }: Simulated, task: LabelTask) {
  const spec = specOfTask({ preset, ownClasses, ...(labelMap && { labelMap }), task: task.name });
  return { spec, outputs: simulatedClasses(task, modelOf(spec).offered, ownClasses, labelMap)! };
}

/** Returns the records of the simulator that real+syn adds, one range per label (see `addedWindows`). */
export function addedRecords(
  config: Simulated,
  task: LabelTask,
  train: readonly LabelledWindow[],
  { ratio, block }: { readonly ratio: number; readonly block: number },
): TrainedRecords[] {
  const { spec, outputs } = specAndOutputs(config, task);
  const ranges = addedRanges(outputs, addedCounts(train, task.labels.length, ratio), block);
  return ranges.map(({ classes, first, count }) => ({ spec, seed: config.seed, classes, first, count }));
}

/**
 * Returns the records that the blocks of a task train and validate on (see `syntheticSides`).
 *
 * @param blocks - The first block, and the block after the last one; default: the only block of a run.
 */
export function trainedRecords(
  config: Simulated & Pick<TrainConfig, 'syntheticCount'>,
  task: LabelTask,
  { block, end }: { readonly block: number; readonly end: number } = { block: 0, end: 1 },
): TrainedRecords {
  const { spec, outputs } = specAndOutputs(config, task);
  const { count, held } = blockOf(outputs.length, config.syntheticCount);
  return {
    ...{ spec, seed: config.seed, classes: turnsOf(outputs) },
    first: block * (count + held),
    count: (end - block) * (count + held),
  };
}

/**
 * Checks that no corpus among the data sets holds a record of `trained`. Reads only the manifests.
 *
 * @param data - As `openDataset` takes it, or windows, whose `source` names the data sets.
 * @throws PqrstError ERR_OPTION: when a corpus holds such a record; the message names the corpus, the record and the seed.
 * @throws PqrstError ERR_CORPUS, ERR_SPEC: when a manifest is damaged.
 */
export async function refuseTrainedRecords(
  data: string | readonly string[] | WindowSet,
  trained: TrainedRecords,
): Promise<void> {
  const refs = typeof data === 'object' && 'source' in data ? data.source : data;
  const corpora = [refs]
    .flat()
    .flatMap(splitDatasetRefs)
    .filter((ref) => refParts(ref).kind === 'corpus');
  for (const corpus of corpora) {
    const plan = await readPlan(refParts(corpus).folder);
    if (plan === undefined || plan.seed !== trained.seed || isLearned(plan.spec)) continue;
    const { spec } = plan;
    const sameNumbers = (name: EcgClass) =>
      isDeepStrictEqual(numbersBehind(spec, name), numbersBehind(trained.spec, name));
    const index = sharedIndex(plan, trained, sameNumbers);
    if (index === undefined) continue;
    const { classes, first, count, seed } = trained;
    throw new PqrstError(
      'ERR_OPTION',
      `record ${index} (${labelAt(classes, index)}) of ${corpus} is also one of the synthetic records ` +
        `${first}-${first + count - 1} of the training: both are made from the values of the preset ${plan.preset} with ` +
        `the seed ${seed}. ` +
        'Choose another `seed` for the training, or a corpus that was written with another one',
    );
  }
}

/**
 * Returns the plan of a corpus; undefined without a manifest, which `openDataset` reports. Given windows can have any
 * source.
 */
async function readPlan(folder: string): Promise<CorpusPlan | undefined> {
  try {
    return planOf(await readManifest(folder));
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Returns the part of a spec on which the records of a class depend. */
function numbersBehind(spec: ModelSpec, name: EcgClass): ModelSpec {
  return isPhysiological(spec) ? narrowSpec(spec, [name]) : spec;
}

/** Returns the first index at which both have the same class with the same numbers; undefined without such an index. */
function sharedIndex(
  plan: CorpusPlan,
  { classes, first, count }: TrainedRecords,
  sameNumbers: (name: EcgClass) => boolean,
): number | undefined {
  const shared = new Set(
    [...new Set(classes)].filter((name) => plan.classes.includes(name)).filter(sameNumbers),
  );
  // The pairs of classes repeat after this number of records.
  const period = classes.length * plan.classes.length;
  for (const set of plan.sets) {
    const from = Math.max(first, set.start);
    const end = Math.min(first + count, set.start + set.count, from + period);
    for (let index = from; index < end; index++) {
      const name = labelAt(classes, index);
      if (shared.has(name) && name === labelAt(plan.classes, index)) return index;
    }
  }
  return undefined;
}
