// Makes the records of the simulator in blocks, in order. While one block is written, the next ones are made. A block holds
// several short records, in one of three buffers that take turns; or one long record, which comes in pieces.

import { PqrstError } from '../base/errors.js';
import { type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';
import { labelAt } from '../signal/source.js';
import { labelClasses } from '../synth/model.js';
import { pieceSamples } from '../synth/record.js';
import { Synthesizer } from '../synth/synthesizer.js';
import {
  type BlockMaker,
  type CorpusBlock,
  type CorpusPlan,
  type RecordRange,
  recordSamples,
} from './format.js';
import { isLearned } from './learned.js';

type Samples = SampleArrays[SampleType];

const blockSamples = 2 ** 20;
const maxBlockRecords = 2 ** 14;
/** Blocks that are made before they are requested, enough to bridge the pauses of a disk. */
const blocksAhead = 2;

interface Made {
  readonly block: CorpusBlock;
  /** The buffer of the block. It is free again when the block has been used. */
  readonly samples?: Samples;
}

/**
 * Returns the synthesizer that makes the records of `plan`, in its unit and type.
 *
 * @throws PqrstError ERR_OPTION: when a learned generator made them.
 */
export function synthesizerOf(plan: CorpusPlan, threads?: number): Synthesizer<SampleType> {
  const { spec, fsHz, seconds, seed, leads, unit, type, noise } = plan;
  if (isLearned(spec)) {
    throw new PqrstError(
      'ERR_OPTION',
      `a learned generator (${spec.generator}, ${spec.sha256.slice(0, 12)}) made the records of this corpus, not the ` +
        'simulator; make a record again with pqrst generate, by the same seed, its index as `start` and a count of 1',
    );
  }
  return new Synthesizer<SampleType>({
    preset: spec,
    fsHz,
    seconds,
    seed,
    leads,
    unit,
    type,
    noise,
    threads,
  });
}

/** Makes the records of a plan by the simulator. */
export class BlockSource implements BlockMaker {
  readonly #plan: CorpusPlan;
  readonly #signal: AbortSignal | undefined;
  readonly #synthesizer: Synthesizer<SampleType>;
  readonly #perBlock: number;
  readonly #codes: Uint8Array;
  #free: Samples[] = [];
  #pieces: Samples[] | undefined;

  constructor(plan: CorpusPlan, signal?: AbortSignal) {
    this.#plan = plan;
    this.#signal = signal;
    this.#synthesizer = synthesizerOf(plan);
    this.#perBlock = Math.min(maxBlockRecords, Math.floor(blockSamples / recordSamples(plan)));
    const classes = labelClasses(plan.classes);
    this.#codes = Uint8Array.from(plan.classes, (name) => classes.indexOf(name));
  }

  /**
   * Yields the blocks of one range after another; no block crosses a border. Rejects with `signal.reason` after an
   * abort.
   */
  async *blocks(ranges: Iterable<RecordRange>): AsyncGenerator<CorpusBlock, void, undefined> {
    const left = new AbortController();
    const signal = this.#signal === undefined ? left.signal : AbortSignal.any([this.#signal, left.signal]);
    const cuts = this.#cut(ranges);
    // Blocks are made one after another, so that the first is ready soonest. Their promises are settled, so that an
    // error is thrown when its block is requested.
    const coming: Promise<PromiseSettledResult<Made>>[] = [];
    let last: Promise<unknown> = Promise.resolve();
    const prepare = () => {
      const cut = cuts.next();
      if (cut.done) return;
      const made = last.then(() => this.#make(cut.value, signal));
      coming.push(Promise.allSettled([made]).then(([result]) => result));
      last = coming.at(-1)!;
    };
    try {
      // The plan of a record of a day takes about 30 MB, so only one such record is opened ahead.
      for (let ahead = 0; ahead < (this.#perBlock > 0 ? blocksAhead : 1); ahead++) prepare();
      for (;;) {
        const result = await coming.shift();
        if (result === undefined) return;
        if (result.status === 'rejected') throw result.reason;
        prepare();
        signal.throwIfAborted();
        const { block, samples } = result.value;
        yield block;
        if (samples !== undefined) this.#free.push(samples);
      }
    } finally {
      left.abort();
      await last;
    }
  }

  *#cut(ranges: Iterable<RecordRange>): Generator<RecordRange> {
    const most = Math.max(1, this.#perBlock);
    for (const { start, count } of ranges) {
      for (let done = 0; done < count; done += most) {
        yield { start: start + done, count: Math.min(most, count - done) };
      }
    }
  }

  #make(range: RecordRange, signal: AbortSignal): Promise<Made> {
    return this.#perBlock === 0 ? this.#open(range.start, signal) : this.#batch(range, signal);
  }

  async #batch({ start, count }: RecordRange, signal: AbortSignal) {
    const { classes, type } = this.#plan;
    const size = recordSamples(this.#plan);
    const samples = this.#free.pop() ?? new sampleArrays[type](this.#perBlock * size);
    const out = samples.subarray(0, count * size);
    const batch = await this.#synthesizer.batch({ classes, start, count, out, annotations: true, signal });
    const annotations = batch.annotations!;
    const block: CorpusBlock = {
      start,
      count,
      labels: batch.labels,
      isInPieces: false,
      beats: annotations.beats,
      rhythmNames: annotations.rhythmNames,
      annotations: (k) => annotations.record(k),
      pieces: async function* () {
        yield out;
      },
    };
    return { block, samples };
  }

  async #open(index: number, signal: AbortSignal) {
    const { classes, leads, type } = this.#plan;
    const most = leads.length * pieceSamples;
    this.#pieces ??= [new sampleArrays[type](most), new sampleArrays[type](most)];
    const buffers = this.#pieces;
    const record = await this.#synthesizer.record({ classes, index, signal });
    const block: CorpusBlock = {
      start: index,
      count: 1,
      labels: Uint8Array.of(labelAt(this.#codes, index)),
      isInPieces: true,
      beats: record.beats,
      rhythmNames: record.rhythmNames,
      annotations: () => record.annotations,
      pieces: () => ahead(record.pieces(signal, buffers)),
    };
    return { block };
  }
}

/** Yields the pieces, and requests each piece before it yields the one before. */
async function* ahead<T>(pieces: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  let coming = Promise.allSettled([pieces.next()]);
  try {
    for (;;) {
      const [result] = await coming;
      if (result.status === 'rejected') throw result.reason;
      if (result.value.done) return;
      coming = Promise.allSettled([pieces.next()]);
      yield result.value.value;
    }
  } finally {
    await coming;
    await pieces.return();
  }
}
