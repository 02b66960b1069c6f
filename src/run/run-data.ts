// The records of a `pqrst train` run by setting: the sides of each phase and the test set. Synthetic records come from
// one endless list; training, validation and test read ranges that do not overlap.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { type BatchSource, type LabelledWindow, realBatches } from '../batches/batches.js';
import { type SplitSide, splitSides, splitWindows } from '../batches/splits.js';
import { selectTask } from '../datasets/dataset.js';
import { taskNotes } from '../datasets/label-notes.js';
import { withOwnLabels } from '../datasets/own-classes.js';
import { parseLabelTask } from '../signal/tasks.js';
import { displayNames, type SkippedRecord, type WindowSet } from '../signal/window.js';
import { addedWindows } from './added.js';
import type { TrainConfig } from './config.js';
import { onePatientNotes } from './judge.js';
import { openWindowsAt } from './open-windows.js';
import { addedRecords, refuseTrainedRecords, trainedRecords } from './overlap.js';
import type { Phase } from './phase.js';
import { originsOf, type PredictedPlace } from './predict.js';
import { expectFittingSource, type RecordSource, refuseLearntPatients } from './record-source.js';
import type { RunDataSummary } from './run-folder.js';
import { hasSyntheticPhase, usesSynthetic } from './settings.js';
import { realSides, type SideSummary, summarizeSide, syntheticSides } from './sides.js';

/** The summaries of the three sides of a split of real data. */
export type SplitSummary = Readonly<Record<SplitSide, SideSummary>>;

/** The records of a run. */
export interface RunData {
  readonly summary: RunDataSummary;
  /** Null without real data. */
  readonly split: SplitSummary | null;
  /** The recordings that give no windows, or fewer than their length allows. */
  readonly skipped: readonly SkippedRecord[];
  /** Sentences about the real records for the user. */
  readonly notes: readonly string[];
  readonly phases: readonly Phase[];
  readonly test: {
    readonly on: 'real' | 'synthetic';
    readonly batches: BatchSource;
    /** Returns where record `at` of `batches` comes from. */
    describe(at: number): PredictedPlace;
  };
}

/**
 * Opens the data, splits them, and makes the sides of each phase and the test set.
 *
 * @throws PqrstError ERR_OPTION: when the setting needs data and `data` is undefined, or a corpus in `data` holds records
 * that the run trains on.
 * @throws PqrstError ERR_DATA_EMPTY: when no split has every label on each side.
 * @throws PqrstError The errors of `openWindowsAt`.
 */
export async function openRunData(
  config: TrainConfig,
  data: string | WindowSet | undefined,
  options: JobOptions & {
    readonly strict?: boolean | undefined;
    readonly source?: RecordSource | undefined;
    /** Receives the number of synthetic records that were made for real+syn, and of all. */
    readonly onMade?: ((done: number, total: number) => void) | undefined;
  },
): Promise<RunData> {
  const { setting, fsHz, pretrain } = config;
  const synthesized = pretrain ?? config.task;
  if (data === undefined && setting !== 'syn') {
    throw new PqrstError(
      'ERR_OPTION',
      `the setting ${setting} trains on real records; name them with \`data\` (KIND:DIR), or choose \`setting\` syn`,
    );
  }
  const { source } = options;
  if (data !== undefined && hasSyntheticPhase(setting) && source === undefined) {
    await refuseTrainedRecords(data, trainedRecords(config, parseLabelTask(synthesized)));
  }
  const opened = data === undefined ? undefined : await openWindowsAt(data, config, 'the run', options);
  const set = opened && withOwnLabels(opened, config.ownClasses);
  const real = set && realData(config, set);
  // Synthetic windows have the leads of the real ones, which given windows alone may state.
  const leads = config.leads ?? set?.leads;
  if (source !== undefined && usesSynthetic(setting)) {
    expectFittingSource(source, config, leads ?? ['II']);
    if (real && set) refuseLearntPatients(source, real.tested, set.source);
  }
  const withLeads = { ...config, ...(leads && { leads }) };
  const synthetic = hasSyntheticPhase(setting)
    ? syntheticData({ ...withLeads, task: synthesized }, source)
    : undefined;
  const phases: Phase[] = [];
  if (synthetic) {
    const task = pretrain !== undefined && { task: pretrain };
    phases.push({ name: setting === 'syn' ? 'train' : 'pretrain', ...task, ...synthetic.sides });
  }
  if (real && setting !== 'syn') {
    if (setting === 'real+syn' && source === undefined) {
      const added = { ratio: config.ratio!, block: 0 };
      for (const trained of addedRecords(config, parseLabelTask(config.task), real.train, added)) {
        await refuseTrainedRecords(data!, trained);
      }
    }
    const { signal, onMade } = options;
    const added = await addedWindows(withLeads, real.train, { source }, { signal, onMade });
    const sides = realSides(config, [...real.train, ...added], real.val);
    phases.push({ name: setting === 'syn-real' ? 'finetune' : 'train', ...sides });
  }
  const summary = {
    source: set?.source ?? 'synthetic',
    fsHz,
    lengthSamples: phases[0]!.training.lengthSamples,
    leads: leads ?? ['II'],
    unit: set?.unit ?? 'mV',
    skipped: set?.skipped.length ?? 0,
  };
  const { skipped = [] } = set ?? {};
  const notes = [...(set?.notes ?? []), ...(real?.notes ?? [])];
  return {
    ...{ summary, split: real?.split ?? null, skipped, notes, phases },
    test: real?.test ?? synthetic!.test,
  };
}

function realData(config: TrainConfig, set: WindowSet) {
  const task = parseLabelTask(config.task);
  const { windows, labels } = selectTask(set, task);
  const labelled: LabelledWindow[] = windows.map((window, at) => ({ window, label: labels[at]! }));
  const items = labelled.map(({ window, label }) => ({
    patientId: displayNames(window).patientId,
    label,
    ...(window.fold !== undefined && { fold: window.fold }),
  }));
  const split = splitWindows(items, { kind: config.split, seed: config.seed, labels: task.labels });
  const side = (name: SplitSide) => split[name].map((at) => labelled[at]!);
  const test = side('test');
  const summaries = splitSides.map((name) => [name, summarizeSide(side(name), task.labels.length)]);
  const tested = test.map(({ window, label }) => ({ label, patientId: displayNames(window).patientId }));
  return {
    tested: test.map(({ window }) => window),
    notes: [...taskNotes(set, [task]), ...onePatientNotes(tested, task.labels)],
    split: Object.fromEntries(summaries) as SplitSummary,
    ...{ train: side('train'), val: side('val') },
    test: {
      on: 'real' as const,
      batches: realBatches(test, set.lengthSamples, { batchSize: config.batch, seed: config.seed }),
      describe: originsOf(test),
    },
  };
}

function syntheticData(config: TrainConfig, source: RecordSource | undefined) {
  const { test, testFirst, ...sides } = syntheticSides(config, { source });
  const describe = (at: number) => {
    const name = `synthetic-${testFirst + at}`;
    return { recordName: name, patientId: name, startS: 0 };
  };
  return { sides, test: { on: 'synthetic' as const, batches: test, describe } };
}
