// The records that train a generator: real windows of the patients that train and validate, records of the simulator, or
// first these and then those. The test patients of a split are the same as those of a classifier with the same task, data
// set, split and seed, and no generator sees them.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { plural } from '../base/text.js';
import { splitWindows } from '../batches/splits.js';
import { selectTask } from '../datasets/dataset.js';
import { taskNotes } from '../datasets/label-notes.js';
import { withOwnLabels } from '../datasets/own-classes.js';
import { openWindowsAt } from '../run/open-windows.js';
import { digestOf } from '../run/record-source.js';
import { blockOf } from '../run/sides.js';
import { splitLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { parseLabelTask, turnsOf } from '../signal/tasks.js';
import {
  describeWindow,
  displayNames,
  type EcgWindow,
  type SkippedRecord,
  type WindowSet,
} from '../signal/window.js';
import { learntLeads, scaleTogether } from './channels.js';
import type { GeneratorConfig } from './config.js';
import { countOf, type RecordSet } from './records.js';
import { simulatorRecords } from './simulator-records.js';

/** The training and validation records of a stage. */
export interface StageData {
  /** `pretrain` and `finetune` of the setting syn-real; otherwise `train`. */
  readonly name: 'train' | 'pretrain' | 'finetune';
  readonly training: RecordSet;
  readonly validation: RecordSet;
}

/** The records of a generator. */
export interface GeneratorData {
  readonly stages: readonly StageData[];
  readonly labels: readonly string[];
  /** The leads of the records. `channels` are those that are learnt. */
  readonly leads: readonly string[];
  readonly channels: readonly string[];
  readonly fsHz: number;
  readonly lengthSamples: number;
  /** The data set as it was named, or `synthetic`. */
  readonly source: string;
  /** Digests of the patients of all training and validation windows, sorted; empty for the simulator. */
  readonly patients: readonly string[];
  readonly skipped: readonly SkippedRecord[];
  readonly notes: readonly string[];
}

/** A label needs this many training windows. With fewer, a generator can do nothing but repeat them. */
const leastRecords = 4;

/**
 * Opens the data, splits them and loads the training and validation records into memory.
 *
 * @throws PqrstError ERR_OPTION: when the setting learns real records and `data` is undefined.
 * @throws PqrstError ERR_DATA_EMPTY: when a label has too few windows.
 * @throws PqrstError The errors of `openWindowsAt`.
 */
export async function openGeneratorData(
  config: GeneratorConfig['data'],
  data: string | WindowSet | undefined,
  options: JobOptions & { readonly strict?: boolean | undefined },
): Promise<GeneratorData> {
  const { setting, fsHz, seconds } = config;
  if (data === undefined && setting !== 'syn') {
    throw new PqrstError(
      'ERR_OPTION',
      `the setting ${setting} learns real records; name them with \`data\` (KIND:DIR), or choose \`setting\` syn`,
    );
  }
  const task = parseLabelTask(config.task);
  const opened = setting === 'syn' ? undefined : await openWindowsAt(data!, config, 'the generator', options);
  const set = opened && withOwnLabels(opened, config.ownClasses);
  const leads = config.leads ?? set?.leads ?? ['II'];
  const channels = learntLeads(leads);
  const lengthSamples = samplesOf(seconds, fsHz);
  const stages: StageData[] = [];
  if (setting !== 'real') {
    const name = setting === 'syn' ? 'train' : 'pretrain';
    stages.push({ name, ...(await simulatedSides(config, channels, options.signal)) });
  }
  const patients = new Set<string>();
  if (set !== undefined) {
    const { windows, labels } = selectTask(set, task);
    const items = windows.map((window, at) => ({
      patientId: displayNames(window).patientId,
      label: labels[at]!,
      ...(window.fold !== undefined && { fold: window.fold }),
    }));
    const split = splitWindows(items, { kind: config.split, seed: config.seed, labels: task.labels });
    const side = (places: readonly number[]) =>
      recordsOf(
        places.map((at) => ({ window: windows[at]!, label: labels[at]! })),
        {
          ...{ channels, lengthSamples },
          labelCount: task.labels.length,
        },
      );
    const training = side(split.train);
    expectRecords(training, task.labels, set.source);
    for (const at of [...split.train, ...split.val]) patients.add(digestOf(windows[at]!, set.source));
    const name = setting === 'real' ? 'train' : 'finetune';
    stages.push({ name, training, validation: side(split.val) });
  }
  return {
    ...{ stages, labels: task.labels, leads, channels, fsHz, lengthSamples },
    source: set?.source ?? 'synthetic',
    patients: [...patients].sort(),
    skipped: set?.skipped ?? [],
    notes: set === undefined ? [] : [...(set.notes ?? []), ...taskNotes(set, [task])],
  };
}

function expectRecords(training: RecordSet, labels: readonly string[], source: string): void {
  const counts = countOf(training);
  const few = counts.findIndex((count) => count < leastRecords);
  if (few < 0) return;
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `of ${source}, ${plural(counts[few]!, 'window')} of ${labels[few]} would train the generator; it needs at least ` +
      `${leastRecords} of each label, and repeats its records if it has few: choose another task, or add records`,
  );
}

function recordsOf(
  windows: readonly { readonly window: EcgWindow; readonly label: number }[],
  {
    channels,
    lengthSamples,
    labelCount,
  }: { channels: readonly string[]; lengthSamples: number; labelCount: number },
): RecordSet {
  const size = channels.length * lengthSamples;
  const signals = new Float32Array(windows.length * size);
  for (const [row, { window }] of windows.entries()) {
    const record = signals.subarray(row * size, (row + 1) * size);
    pick(window.signal, window.leads, channels, record);
    scaleTogether(record, channels.length, describeWindow(window));
  }
  return {
    ...{ signals, labelCount, lengthSamples, count: windows.length, channels: channels.length },
    labels: Uint8Array.from(windows, ({ label }) => label),
  };
}

/** Copies the learnt leads of [leads, L]. A record of one lead has its only lead, whatever its name is. */
function pick(
  signal: Float32Array,
  leads: readonly string[],
  channels: readonly string[],
  out: Float32Array,
): void {
  if (leads.length === channels.length) {
    out.set(signal);
    return;
  }
  const parts = splitLeads(signal, leads.length);
  for (const [at, channel] of splitLeads(out, channels.length).entries()) {
    channel.set(parts[leads.indexOf(channels[at]!)]!);
  }
}

async function simulatedSides(
  config: GeneratorConfig['data'],
  channels: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Pick<StageData, 'training' | 'validation'>> {
  const { outputs, lengthSamples, batch } = simulatorRecords(config, channels);
  const { count, held } = blockOf(outputs.length, config.syntheticCount);
  const side = async (start: number, count: number): Promise<RecordSet> => ({
    signals: await batch(turnsOf(outputs), start, count, signal),
    labels: Uint8Array.from({ length: count }, (_, row) => (start + row) % outputs.length),
    ...{ count, lengthSamples, channels: channels.length, labelCount: outputs.length },
  });
  return { training: await side(0, count), validation: await side(count, held) };
}
