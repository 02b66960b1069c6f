// Makes one record of a corpus again, from the manifest alone. Its bits equal those in the shard, which is not read.

import { PqrstError } from '../base/errors.js';
import { packageVersion } from '../base/version.js';
import { type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';
import type { RecordAnnotations } from '../signal/beats.js';
import type { EcgClass } from '../signal/classes.js';
import { samplesOf } from '../signal/samples.js';
import { labelAt } from '../signal/source.js';
import { BlockSource, synthesizerOf } from './blocks.js';
import { type CorpusBlock, type CorpusPlan, recordName, recordSamples, type SampleReader } from './format.js';
import { damaged, toUnit } from './formats/stored.js';
import { type CorpusManifest, manifestNameOf, planOf, readManifest } from './manifest.js';

/** A record of a corpus, made again from the manifest. */
export interface RegeneratedRecord {
  /** Index of the record in the corpus, as passed to `regenerateRecord`. */
  readonly index: number;
  /** Name of the record, for example `r0001234`. */
  readonly name: string;
  /** The class of the rhythm or beats that the record is made with. */
  readonly ecgClass: EcgClass;
  /** Folder of its set, relative to the corpus. */
  readonly set: string;
  /** Name of its split, or `all`. */
  readonly split: string;
  /** The plan of the corpus. It states the leads, and the rate, unit, type and number of the samples. */
  readonly plan: CorpusPlan;
  /** The exact times of beats and waves, and the rhythms. */
  readonly annotations: RecordAnnotations;
  /** A warning if another version of pqrst made the corpus. */
  readonly warning: string | undefined;
  /**
   * Yields the samples in order of time, in pieces [leads, n] in the unit and type of the plan. Readable once; a piece is
   * valid until the next.
   */
  pieces(): AsyncIterable<SampleArrays[SampleType]>;
}

/** The options of `regenerateRecord`. */
export interface RegenerateOptions {
  /** Aborts the work; `regenerateRecord` and `pieces` then reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Type of the samples; default the type of the corpus. A WFDB record in mV needs int16. */
  readonly type?: SampleType | undefined;
}

/**
 * Makes one record of a corpus again from `manifest.json` alone. Its samples have the same bits as those in the shard,
 * which is not opened.
 *
 * @param folder - the folder with `manifest.json`
 * @param index - the index of the record
 * @param options - another sample type, and a signal that aborts the work
 * @returns class, set, split, annotations, and the samples in pieces
 * @example
 * ```ts
 * import { writeCorpus, regenerateRecord } from 'pqrst/corpus';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 100, classes: { normal: 1, af: 1 }, seconds: 2 });
 * const record = await regenerateRecord('corpus', 42);
 * for await (const piece of record.pieces()) console.log(record.name, record.ecgClass, piece.length);
 * ```
 * @throws PqrstError ERR_NOT_FOUND, ERR_CORPUS: when the manifest is missing or damaged.
 * @throws PqrstError ERR_RANGE: when the corpus has no such record.
 * @throws `signal.reason` when the signal is aborted.
 */
export async function regenerateRecord(
  folder: string,
  index: number,
  options: RegenerateOptions = {},
): Promise<RegeneratedRecord> {
  const { signal, type } = options;
  const manifest = await readManifest(folder);
  const stored = planOf(manifest);
  const { lengthSamples, seconds, fsHz } = stored;
  if (lengthSamples !== samplesOf(seconds, fsHz)) {
    throw damaged(manifestNameOf(stored), `says ${lengthSamples} samples for ${seconds} s at ${fsHz} Hz`);
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

/**
 * Reads samples of a plan by making the records again, on one thread. They have the bits that a shard would have.
 *
 * @param start - the index of the record that `read` counts from.
 * @throws PqrstError ERR_OPTION: when a learned generator made the records.
 */
export function regeneratedSamples(plan: CorpusPlan): (start: number) => SampleReader {
  const { classes, type } = plan;
  const synthesizer = synthesizerOf(plan, 1);
  const size = recordSamples(plan);
  return (start) => ({
    async read(first, count, into) {
      const target = into.subarray(0, count * size);
      const out = type === 'float32' ? target : new sampleArrays[type](target.length);
      await synthesizer.batch({ classes, start: start + first, count, out });
      if (out !== target) target.set(toUnit(out, type));
    },
    close: () => Promise.resolve(),
  });
}

async function firstBlock(blocks: AsyncGenerator<CorpusBlock, void, undefined>): Promise<CorpusBlock> {
  const { value } = await blocks.next();
  if (value === undefined) throw new Error('one record was requested, but the source returned no record');
  return value;
}

/** Returns the first few ranges as text: `records 0-799 (train), 800-999 (val)`. */
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
  return `${generator} made the corpus, but this is ${ours}; the samples may differ from those in the corpus`;
}
