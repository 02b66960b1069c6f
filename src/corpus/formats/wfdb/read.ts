// Reads shards of WFDB records.

import { readAnnotations, readRecord } from '../../../codecs/wfdb/read.js';
import type { RhythmAnnotation } from '../../../signal/beats.js';
import type { EcgClass } from '../../../signal/classes.js';
import { joinLeads, sameLeads } from '../../../signal/leads.js';
import { labelAt } from '../../../signal/source.js';
import type { Annotation, EcgRecord } from '../../../signal/window.js';
import {
  type CorpusPlan,
  changesRhythm,
  recordName,
  type ShardPlace,
  type StoredRecord,
} from '../../format.js';
import { damaged } from '../stored.js';

/** Yields the records of a shard in order; `nameOf` returns the file name of the record with an index, without its ending. */
export async function* readWfdbShard(
  plan: CorpusPlan,
  { files, path, start, count }: ShardPlace,
  nameOf: (index: number) => string,
): AsyncGenerator<StoredRecord, void, undefined> {
  for (let index = start; index < start + count; index++) {
    const name = `${path}/${nameOf(index)}.hea`;
    // The header, whose bytes are as they were written, names this signal file.
    const [header] = await bothFiles(files, nameOf(index));
    const record = await readRecord(header);
    expectShape(name, record, plan);
    // The reader of foreign records tolerates what these notes state. A record of a corpus must be as it was written.
    if (record.notes !== undefined) throw damaged(name, `does not fit its files: ${record.notes.join('; ')}`);
    yield { signal: joinLeads(record.signalsMv) };
  }
}

/** Returns the paths of the header and of the signal file of a record. */
async function bothFiles(files: ShardPlace['files'], name: string): Promise<readonly [string, string]> {
  const opened = [
    files.open(`${name}.hea`, 'the header'),
    files.open(`${name}.dat`, 'the signal file'),
  ] as const;
  // Both must have ended before an error is thrown, so that no file is still open then.
  await Promise.allSettled(opened);
  return Promise.all(opened);
}

/**
 * Compares the leads, rate and length of the stored record `name` with the plan.
 *
 * @throws PqrstError ERR_CORPUS: when they differ.
 */
export function expectShape(name: string, { leads, fsHz, signalsMv }: EcgRecord, plan: CorpusPlan): void {
  if (!sameLeads(leads, plan.leads)) {
    throw damaged(
      name,
      `holds the leads ${leads.join(', ')}, but the manifest states ${plan.leads.join(', ')}`,
    );
  }
  const found = signalsMv[0]!.length;
  if (fsHz !== plan.fsHz || found !== plan.lengthSamples) {
    const expected = plan.lengthSamples;
    throw damaged(
      name,
      `holds ${found} samples at ${fsHz} Hz, but the manifest states ${expected} at ${plan.fsHz} Hz`,
    );
  }
}

/** Yields the records of a shard in order, with their rhythms if records of the corpus change their rhythm. */
export async function* readAnnotatedShard(
  plan: CorpusPlan,
  place: ShardPlace,
): AsyncGenerator<StoredRecord, void, undefined> {
  const records = readWfdbShard(plan, place, recordName);
  if (!changesRhythm(plan)) return yield* records;
  let index = place.start;
  for await (const record of records) {
    yield { ...record, rhythms: await rhythmsOf(plan, place, index++) };
  }
}

/** Reads the rhythms of a record. */
async function rhythmsOf(
  plan: CorpusPlan,
  { files }: ShardPlace,
  index: number,
): Promise<RhythmAnnotation[]> {
  const file = await files.open(`${recordName(index)}.atr`, 'the annotations');
  const marks = await readAnnotations(file.replace(/\.atr$/, ''), 'atr');
  return rhythmsOfMarks(plan, index, marks);
}

/** Returns the rhythms that the marks `+` of a record state. The rhythms before and after a change take turns. */
export function rhythmsOfMarks(
  { classes, fsHz }: CorpusPlan,
  index: number,
  marks: readonly Annotation[],
): RhythmAnnotation[] {
  const parts = labelAt(classes, index).split('>') as EcgClass[];
  return marks
    .filter(({ symbol }) => symbol === '+')
    .map(({ sample, aux }, at) => {
      return { ecgClass: labelAt(parts, at), rhythm: aux, timeS: sample / fsHz, sample };
    });
}
