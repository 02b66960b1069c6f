// One record of a corpus made again from the manifest alone: the same bits that its shard holds, which is not opened.

import { PqrstError } from '../base/errors.js';
import { packageVersion } from '../base/version.js';
import type { SampleArrays, SampleType } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import { samplesOf } from '../signal/samples.js';
import { labelAt } from '../signal/source.js';
import { BlockSource } from './blocks.js';
import { type CorpusBlock, type CorpusPlan, recordName } from './format.js';
import { type CorpusManifest, planOf, readManifest } from './manifest.js';
import { damaged } from './readers.js';

export interface RegeneratedRecord {
  readonly index: number;
  /** `r0001234`. */
  readonly name: string;
  readonly ecgClass: EcgClass;
  /** Folder of its set, and the split's name. */
  readonly set: string;
  readonly split: string;
  /** Enough to say what the samples are: fsHz, unit, type, lengthSamples. */
  readonly plan: CorpusPlan;
  readonly annotations: RecordAnnotations;
  /** A sentence where another version of pqrst made the corpus. */
  readonly warning: string | undefined;
  /** The samples in order, in the corpus' unit and type; may be read once, each piece until the next is asked for. */
  pieces(): AsyncIterable<SampleArrays[SampleType]>;
}

export interface RegenerateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Other than the corpus' own type; a mV record as int16 is what WFDB stores. */
  readonly type?: SampleType | undefined;
}

/**
 * Record `index` of the corpus in `folder`, of which only manifest.json is read. ERR_NOT_FOUND and ERR_CORPUS about the
 * manifest; ERR_RANGE for an index that the corpus does not hold; rejects with `signal.reason` when aborted.
 */
export async function regenerateRecord(
  folder: string,
  index: number,
  { signal, type }: RegenerateOptions = {},
): Promise<RegeneratedRecord> {
  const manifest = await readManifest(folder);
  const stored = planOf(manifest);
  const { lengthSamples, seconds, fsHz } = stored;
  if (lengthSamples !== samplesOf(seconds, fsHz)) {
    throw damaged('manifest.json', `says ${lengthSamples} samples for ${seconds} s at ${fsHz} Hz`);
  }
  const set = stored.sets.find(({ start, count }) => index >= start && index < start + count);
  if (set === undefined || !Number.isInteger(index)) {
    throw new PqrstError(
      'ERR_RANGE',
      `the corpus ${folder} has no record ${index}; it holds ${rangesOf(manifest)}`,
    );
  }
  const split = set.splits.find(({ start, count }) => index >= start && index < start + count);
  const plan = { ...stored, type: type ?? stored.type };
  const block = await firstBlock(new BlockSource(plan, signal).blocks([{ start: index, count: 1 }]));
  return {
    index,
    name: recordName(index),
    ecgClass: labelAt(plan.classes, index),
    set: set.folder,
    split: split?.name ?? 'all',
    plan,
    annotations: block.annotations(0),
    warning: warningOf(manifest),
    pieces: () => block.pieces(),
  };
}

async function firstBlock(blocks: AsyncGenerator<CorpusBlock, void, undefined>): Promise<CorpusBlock> {
  const { value } = await blocks.next();
  if (value === undefined) throw new Error('one record was asked for, none came');
  return value;
}

/** `records 0-799 (train) and 800-999 (val)`, the first few of them. */
function rangesOf({ sets }: CorpusManifest): string {
  const shown = 6;
  const ranges = sets.slice(0, shown).map(({ folder, start, count }) => {
    const range = `${start}-${start + count - 1}`;
    return folder === '' ? range : `${range} (${folder})`;
  });
  const rest = sets.length > shown ? ` and ${sets.length - shown} more sets` : '';
  return `records ${ranges.join(', ')}${rest}`;
}

function warningOf({ generator }: CorpusManifest): string | undefined {
  const ours = `pqrst ${packageVersion()}`;
  if (generator === ours) return undefined;
  return `the corpus was made by ${generator}, this is ${ours}: the bits may differ from those stored`;
}
