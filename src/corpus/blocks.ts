// Records of a plan on their way to the formats: blocks in order, the next ones being made while one is written. Short
// records come several a block, through three buffers used in turn; a long one is a block of its own and comes in pieces.

import { type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';
import { classCode } from '../signal/classes.js';
import { labelAt } from '../signal/source.js';
import { pieceSamples } from '../synth/record.js';
import { Synthesizer } from '../synth/synthesizer.js';
import type { CorpusBlock, CorpusPlan } from './format.js';

type Samples = SampleArrays[SampleType];

const blockSamples = 2 ** 20;
const maxBlockRecords = 2 ** 14;
/** Blocks made or being made before they are asked for: enough to even out a disk that stutters. */
const blocksAhead = 2;

interface Made {
  readonly block: CorpusBlock;
  /** Goes back to the free ones when the block has been used. */
  readonly samples?: Samples;
}

/** What makes the records of `plan`, in its unit and type. */
export function synthesizerOf(plan: CorpusPlan): Synthesizer<SampleType> {
  const { spec, fsHz, seconds, seed, unit, type, noise } = plan;
  return new Synthesizer<SampleType>({ preset: spec, fsHz, seconds, seed, unit, type, noise });
}

/** Consecutive records. */
export interface RecordRange {
  readonly start: number;
  readonly count: number;
}

export class BlockSource {
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
    this.#perBlock = Math.min(maxBlockRecords, Math.floor(blockSamples / plan.lengthSamples));
    this.#codes = Uint8Array.from(plan.classes, classCode);
  }

  /** The blocks of each range after the other, none across a border. Throws `signal.reason` when aborted. */
  async *blocks(ranges: Iterable<RecordRange>): AsyncGenerator<CorpusBlock, void, undefined> {
    const left = new AbortController();
    const signal = this.#signal === undefined ? left.signal : AbortSignal.any([this.#signal, left.signal]);
    const cuts = this.#cut(ranges);
    // One after the other, so that the first is ready soonest; settled, so that an error waits for its turn.
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
      // An open record of a day holds a plan of some 30 MB: of these one ahead is enough.
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
    const { classes, type, lengthSamples } = this.#plan;
    const samples = this.#free.pop() ?? new sampleArrays[type](this.#perBlock * lengthSamples);
    const out = samples.subarray(0, count * lengthSamples);
    const batch = await this.#synthesizer.batch({ classes, start, count, out, annotations: true, signal });
    const annotations = batch.annotations!;
    const block: CorpusBlock = {
      start,
      count,
      labels: batch.labels,
      beats: annotations.beats,
      annotations: (k) => annotations.record(k),
      pieces: async function* () {
        yield out;
      },
    };
    return { block, samples };
  }

  async #open(index: number, signal: AbortSignal) {
    const { classes, type } = this.#plan;
    this.#pieces ??= [new sampleArrays[type](pieceSamples), new sampleArrays[type](pieceSamples)];
    const buffers = this.#pieces;
    const record = await this.#synthesizer.record({ classes, index, signal });
    const block: CorpusBlock = {
      start: index,
      count: 1,
      labels: Uint8Array.of(labelAt(this.#codes, index)),
      beats: record.beats,
      annotations: () => record.annotations,
      pieces: () => ahead(record.pieces(signal, buffers)),
    };
    return { block };
  }
}

/** Asks for the next piece before it gives the one at hand. */
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
