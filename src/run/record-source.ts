// Sources of synthetic records in place of the simulator: what a training needs to know about them, and the checks that
// a source fits a training.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import { patientDigest } from '../corpus/learned.js';
import { datasetNames, parseDatasetRefs } from '../datasets/refs.js';
import { sameLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import type { SignalRequest, SignalSource } from '../signal/source.js';
import type { EcgWindow } from '../signal/window.js';
import type { TrainConfig } from './config.js';

/** A source of synthetic records for trainings, such as a generator. Its records are z-scored. */
export interface RecordSource extends SignalSource {
  /** Names what makes the records. Two sources with the same name make the same records. */
  readonly id: string;
  /** The filter of the records that it learnt; undefined without a filter. */
  readonly filter?: string | undefined;
  /** `digestOf` each patient whose records it learnt. */
  readonly patients: readonly string[];
}

/**
 * Returns the digest of a window's patient. It begins with the kind of the data set, because data sets number their
 * patients alike.
 *
 * @param source - The references of the window's set, such as `ptb-xl:DIR`.
 */
export function digestOf({ origin }: Pick<EcgWindow, 'origin'>, source: string): string {
  const refs = source.includes(':') ? parseDatasetRefs([source]) : [];
  const at = datasetNames(refs).indexOf(origin.dataset);
  const kind = refs[at]?.kind.kind ?? origin.dataset;
  return patientDigest(`${kind}/${origin.patient}`);
}

/**
 * Checks that a source makes the records of a training or a comparison.
 *
 * @param who - What takes the records, for the message.
 * @throws PqrstError ERR_OPTION: when rate, length, leads or filter differ.
 */
export function expectFittingSource(
  { id, fsHz, lengthSamples, leads, filter }: RecordSource,
  config: Pick<TrainConfig, 'fsHz' | 'seconds' | 'filter'>,
  wantedLeads: readonly string[],
  who = 'the training',
): void {
  const wanted = samplesOf(config.seconds, config.fsHz);
  const refuse = (has: string, takes: string, remedy: string) =>
    new PqrstError('ERR_OPTION', `the source ${id} makes ${has}, but ${who} takes ${takes}; ${remedy}`);
  if (fsHz !== config.fsHz || lengthSamples !== wanted) {
    throw refuse(
      `${lengthSamples} samples at ${fsHz} Hz`,
      `${wanted} samples at ${config.fsHz} Hz`,
      `choose \`fs\` ${fsHz} and \`seconds\` ${lengthSamples / fsHz}`,
    );
  }
  if (leads.length !== wantedLeads.length || (leads.length > 1 && !sameLeads(leads, wantedLeads))) {
    throw refuse(`the leads ${leads.join(', ')}`, wantedLeads.join(', '), 'choose the leads of the source');
  }
  if (filter !== config.filter) {
    const named = (one: string | undefined) =>
      one === undefined ? 'records without a filter' : `records filtered with ${one}`;
    throw refuse(named(filter), named(config.filter), `choose the \`filter\` of the source`);
  }
}

/**
 * Refuses to test on patients whose records a source learnt: a network that is trained on its records may know them.
 *
 * @param test - The windows of the test side, of the data set `data`.
 * @throws PqrstError ERR_OPTION: when the source learnt one of them.
 */
export function refuseLearntPatients(
  source: RecordSource,
  test: readonly Pick<EcgWindow, 'origin'>[],
  data: string,
): void {
  const learnt = new Set(source.patients);
  const tested = new Map(test.map((window) => [digestOf(window, data), window.origin.patient]));
  const shared = [...tested].filter(([digest]) => learnt.has(digest));
  if (shared.length === 0) return;
  throw new PqrstError(
    'ERR_OPTION',
    `the source ${source.id} learnt ${plural(shared.length, 'patient')} of the ${tested.size} on which this training would ` +
      `be tested, such as ${shared[0]![1]}; use the task, data, split and seed with which the source was trained, or other data`,
  );
}

/**
 * Returns a source that makes each record once and keeps it in memory. A generator takes a hundred times as long for a
 * record as the simulator, and a training reads its records in each epoch.
 */
export function keptSource(source: RecordSource): RecordSource {
  const size = source.leads.length * source.lengthSamples;
  const kept = new Map<string, Promise<Float32Array>>();
  const blockOf = (block: number, { labels, signal }: SignalRequest) => {
    const key = `${block} ${labels.join(',')}`;
    const found = kept.get(key);
    if (found !== undefined) return found;
    const request = { labels, start: block * blockRecords, count: blockRecords, ...(signal && { signal }) };
    const made = source.batch(request).then(({ signals }) => signals);
    kept.set(key, made);
    // A failed or aborted block is made again when it is requested again.
    made.catch(() => kept.delete(key));
    return made;
  };
  return {
    ...source,
    batch: async (request) => {
      const { start, count, out = new Float32Array(count * size) } = request;
      for (let at = start; at < start + count; ) {
        const block = Math.floor(at / blockRecords);
        const first = block * blockRecords;
        const end = Math.min(start + count, first + blockRecords);
        const records = await blockOf(block, request);
        out.set(records.subarray((at - first) * size, (end - first) * size), (at - start) * size);
        at = end;
      }
      return { signals: out };
    },
  };
}

/** A multiple of the batch in which generators sample. */
const blockRecords = 64;

/**
 * Returns a source whose records come from two sources in turns: one record of each label from the first, then one of
 * each from the second.
 */
export function bothSources(one: RecordSource, other: RecordSource): RecordSource {
  const size = one.leads.length * one.lengthSamples;
  return {
    ...one,
    id: `${one.id} and ${other.id}`,
    labels: one.labels.filter((label) => other.labels.includes(label)),
    patients: [...new Set([...one.patients, ...other.patients])].sort(),
    batch: async ({ labels, start, count, signal, out = new Float32Array(count * size) }) => {
      // Record i is in round r = i / labels. Round r is round r / 2 of the first source if r is even, else of the second.
      const turn = labels.length;
      for (let at = start; at < start + count; ) {
        const round = Math.floor(at / turn);
        const end = Math.min(start + count, (round + 1) * turn);
        const source = round % 2 === 0 ? one : other;
        const first = Math.floor(round / 2) * turn + (at % turn);
        await source.batch({
          ...{ labels, start: first, count: end - at },
          out: out.subarray((at - start) * size, (end - start) * size),
          ...(signal && { signal }),
        });
        at = end;
      }
      return { signals: out };
    },
  };
}
