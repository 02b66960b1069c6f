// Collects what an evaluation of a corpus finds: the columns of the scores, skipped records, implausible records, and the
// patients that trained the model. It takes the answers of the workers, or parts that are on the disk already.

import { type CorpusPlan, recordName } from '../corpus/format.js';
import { type LeadFacts, Plausibility } from '../datasets/plausibility.js';
import type { Model } from '../model/session.js';
import { ColumnsBuilder, type JudgedScores, scoreColumns } from '../score/columns.js';
import type { SkippedRecord } from '../signal/window.js';
import type { ChunkAnswers } from './corpus-worker.js';
import { inOrder, labelCountOf } from './judge.js';
import { answerAt, type PredictedWindow } from './predict.js';
import type { PartColumns } from './prediction-parts.js';
import type { Terms } from './terms.js';

/** What was found in one shard. */
export interface PartTally {
  readonly rows: PredictedWindow[];
  readonly skipped: SkippedRecord[];
  readonly facts: LeadFacts[];
}

/** Collects the findings of some shards, in the order of their records. */
export class Tally {
  readonly skipped: SkippedRecord[] = [];
  readonly trained = { windows: 0, patients: 0 };
  readonly #plausibility = new Plausibility();
  readonly #columns: ColumnsBuilder;
  readonly #terms: Terms;
  readonly #labelCount: number;
  readonly #isTrained: ReadonlySet<string> | undefined;
  /** Index of the first record of the corpus. Patients are numbered from it. */
  readonly #start: number;
  #patient = Number.NaN;

  /** @param limits - the most windows to take, and the patients that trained the model, if they are known. */
  constructor(
    model: Model,
    terms: Terms,
    { sets }: CorpusPlan,
    { most, trained }: { readonly most: number; readonly trained: ReadonlySet<string> | undefined },
  ) {
    this.#terms = terms;
    this.#labelCount = labelCountOf(model);
    this.#columns = new ColumnsBuilder(most, this.#labelCount > 2 ? this.#labelCount : 1);
    this.#isTrained = trained;
    this.#start = Math.min(...sets.map(({ start }) => start));
  }

  get windows(): number {
    return this.#columns.columns().labels.length;
  }

  get patientCount(): number {
    return this.#columns.columns().patientCount;
  }

  /** Starts the findings of a shard. */
  startPart(): PartTally {
    return { rows: [], skipped: [], facts: [] };
  }

  /** Takes the answers for a chunk of the shard `part`. Returns its rows, if they are wanted. */
  take(answers: ChunkAnswers, part: PartTally, wantsRows: boolean): PredictedWindow[] {
    const { records, startsS, labels, logits: logit, probabilities: probability } = answers;
    const count = records.length;
    const width = probability.length / count;
    const several = this.#labelCount > 2;
    const rows: PredictedWindow[] = [];
    const positive = width === 1 ? 0 : (this.#terms.order?.[1] ?? 1);
    for (let at = 0; at < count; at++) {
      const own = several
        ? probability.subarray(at * width, (at + 1) * width)
        : [probability[at * width + positive]!];
      this.#add(records[at]!, labels[at]!, own);
      if (!wantsRows) continue;
      const name = recordName(records[at]!);
      const place = { recordName: name, patientId: name, startS: startsS[at]!, label: labels[at]! };
      const answer = answerAt({ logit, probability }, at, count);
      rows.push(inOrder({ ...place, ...answer }, this.#terms.order));
    }
    for (const one of answers.skipped) part.skipped.push(one);
    for (const one of answers.facts) part.facts.push(one);
    this.#takeFacts(answers);
    return rows;
  }

  /** Takes a part that is on the disk. */
  takePart({ receipt, rows }: PartColumns): void {
    for (const { recordName: name, label, probabilities } of rows) {
      this.#add(Number(name.slice(1)), label, probabilities);
    }
    this.#takeFacts(receipt);
  }

  /** Returns the scores of all windows so far. */
  scores(): JudgedScores {
    return scoreColumns(this.#columns.columns(), this.#labelCount, this.#terms.scores);
  }

  /** Returns the sentences about implausible records. */
  notes(): string[] {
    return this.#plausibility.notes();
  }

  /** Yields label and patient of each window. */
  *patients(): Generator<Pick<PredictedWindow, 'label' | 'patientId'>> {
    const { labels, patients } = this.#columns.columns();
    let [patient, patientId] = [Number.NaN, ''];
    for (let at = 0; at < labels.length; at++) {
      if (patients[at] !== patient) patientId = recordName(this.#start + patients[at]!);
      patient = patients[at]!;
      yield { label: labels[at]!, patientId };
    }
  }

  #add(record: number, label: number, probabilities: ArrayLike<number>): void {
    const patient = record - this.#start;
    this.#columns.add(label, patient, probabilities);
    if (this.#isTrained?.has(recordName(record))) {
      this.trained.windows++;
      if (patient !== this.#patient) this.trained.patients++;
    }
    this.#patient = patient;
  }

  #takeFacts({ skipped, facts }: { skipped: readonly SkippedRecord[]; facts: readonly LeadFacts[] }): void {
    for (const one of skipped) this.skipped.push(one);
    for (const one of facts) this.#plausibility.add(one);
  }
}
