// `pqrst regenerate`: makes one record of a corpus again from the manifest alone, and writes it to a file or describes
// it.

import { extname } from 'node:path';
import { PqrstError } from '../base/errors.js';
import type { RegeneratedRecord } from '../corpus/regenerate.js';
import { wholeNumber } from './options.js';
import type { Progress, Register, Result, Task } from './task.js';

interface Options {
  folder: string;
  index: number;
  out?: string;
}

/** Maximum samples in a JSON file. */
const maxJsonSamples = 2 ** 22;

export const registerRegenerate: Register = (program, run) => {
  const action = run<Options>(regenerate);
  program
    .command('regenerate')
    .summary('make one record of a corpus again from its manifest')
    .description(
      'Makes one record of a corpus again, bit for bit, from the manifest in DIR alone; the shard is not read.',
    )
    .argument('<dir>', 'folder that pqrst synth wrote, or a folder with its manifest, or s3://bucket/prefix')
    .requiredOption('--index <n>', 'index of the record', wholeNumber('--index', 0, Number.MAX_SAFE_INTEGER))
    .option('--out <file>', 'NAME.npy, NAME.hea (with .dat and .atr; mV only) or NAME.json')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Without --out it prints the class, rhythm and beats of the record as JSON. NAME.npy contains [samples], or [leads,
samples] with several leads, in the type of the corpus (int16 counts 1/1000 mV, z-scored 1/1000 SD). NAME.json contains
the samples in mV or SD with label, beats and waves; several leads are a list each.

Examples:
  $ pqrst regenerate corpus --index 123456
  $ pqrst regenerate corpus --index 123456 --out r0123456.npy
  $ pqrst regenerate corpus --index 123456 --out r0123456.hea`,
    )
    .action((folder: string, options: Omit<Options, 'folder'>) => action({ ...options, folder }));
};

async function regenerate({ folder, index, out }: Options, task: Task): Promise<Result> {
  const { regenerateRecord } = await import('../corpus/regenerate.js');
  const write = out === undefined ? undefined : writerOf(out);
  if (out !== undefined) await (await import('../base/files.js')).expectWritable(out);
  const progress = task.startProgress('regenerate (samples)');
  try {
    const record = await regenerateRecord(folder, index, {
      signal: task.signal,
      ...(write === writeWfdb && { type: 'int16' }),
    });
    return await describeOrWrite(record, { out, write, progress, task });
  } finally {
    progress.stop();
  }
}

interface Destination {
  readonly out: string | undefined;
  readonly write: Write | undefined;
  readonly progress: Progress;
  readonly task: Task;
}

async function describeOrWrite(
  record: RegeneratedRecord,
  { out, write, progress, task }: Destination,
): Promise<Result> {
  if (record.warning !== undefined) task.say(`pqrst: ${record.warning}`);
  const facts = factsOf(record);
  if (out === undefined || write === undefined) return { json: facts, text: JSON.stringify(facts, null, 2) };
  const files = await write({ ...record, pieces: () => counted(record, progress) }, out);
  const { rhythms, beats } = record.annotations;
  const words = rhythms.map(({ rhythm, timeS }, at) =>
    at === 0 ? rhythm : `${rhythm} from ${timeS.toFixed(1)} s`,
  );
  return {
    json: { ...facts, files },
    text: `${record.name}: ${record.ecgClass}, rhythm ${words.join(', ')}, ${beats.length} beats, in ${files.join(', ')}`,
  };
}

/** Yields the pieces of a record and shows how many samples were written. */
async function* counted(record: RegeneratedRecord, progress: Progress) {
  const { leads, lengthSamples } = record.plan;
  let done = 0;
  for await (const piece of record.pieces()) {
    yield piece;
    done += piece.length / leads.length;
    if (done < lengthSamples) progress.update(done, lengthSamples);
  }
}

function factsOf({ index, name, ecgClass, set, split, plan, annotations, warning }: RegeneratedRecord) {
  const { fsHz, leads, lengthSamples, unit, type } = plan;
  return {
    ...{ index, record: name, class: ecgClass, set, split, fsHz, leads, lengthSamples, unit, type },
    rhythms: annotations.rhythms,
    beats: annotations.beats,
    ...(warning === undefined ? {} : { warning }),
  };
}

type Write = (record: RegeneratedRecord, path: string) => Promise<string[]>;

function writerOf(path: string): Write {
  const writers: Readonly<Record<string, Write>> = {
    '.npy': writeArray,
    '.hea': writeWfdb,
    '.json': writeJson,
  };
  const write = writers[extname(path)];
  if (write !== undefined) return write;
  throw new PqrstError('ERR_OPTION', `--out takes NAME.npy, NAME.hea or NAME.json, got "${path}"`);
}

async function writeArray(record: RegeneratedRecord, path: string): Promise<string[]> {
  const { NpyWriter } = await import('../codecs/npy/write.js');
  const { leads, lengthSamples, type } = record.plan;
  const isOne = leads.length === 1;
  const writer = await NpyWriter.open(path, type, isOne ? [] : [lengthSamples]);
  try {
    if (isOne) for await (const piece of record.pieces()) await writer.append(piece);
    else await writer.appendSideBySide(leads.length, record.pieces());
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.close();
  return [path];
}

async function writeJson(record: RegeneratedRecord, path: string): Promise<string[]> {
  const { type, leads, lengthSamples } = record.plan;
  const size = leads.length * lengthSamples;
  if (size > maxJsonSamples) {
    throw new PqrstError(
      'ERR_OPTION',
      `a record of ${size} samples is too long for JSON (at most ${maxJsonSamples}); write NAME.npy`,
    );
  }
  const { labelClasses } = await import('../synth/model.js');
  const { toUnit } = await import('../corpus/formats/stored.js');
  const { writeFileAtomic } = await import('../base/files.js');
  const { printable } = await import('../base/text.js');
  const { splitLeads } = await import('../signal/leads.js');
  const ofLeads = leads.map((): number[] => []);
  for await (const piece of record.pieces()) {
    for (const [at, lead] of splitLeads(toUnit(piece, type), leads.length).entries()) {
      for (const value of lead) ofLeads[at]!.push(value);
    }
  }
  const samples = leads.length === 1 ? ofLeads[0] : ofLeads;
  const label = labelClasses(record.plan.classes).indexOf(record.ecgClass);
  await writeFileAtomic(path, `${printable(JSON.stringify({ ...factsOf(record), label, samples }))}\n`);
  return [path];
}

async function writeWfdb(record: RegeneratedRecord, path: string): Promise<string[]> {
  const { writeWfdbRecord } = await import('../corpus/wfdb-record.js');
  return writeWfdbRecord(record, path);
}
