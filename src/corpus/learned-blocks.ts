// Makes the records of a learned generator in blocks, in order. A generator knows the label of a record, not the times of
// its beats, so the blocks have one rhythm per record and no beats.

import { floatToHalf } from '../base/half.js';
import { type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';
import { labelAt, type SignalSource } from '../signal/source.js';
import { BatchAnnotations } from '../synth/annotations.js';
import { labelClasses } from '../synth/model.js';
import type { BlockMaker, CorpusBlock, CorpusPlan, RecordRange } from './format.js';
import { rhythmsOfClasses } from './formats/shard-labels.js';

/** A multiple of the batch in which generators sample, so that no record is made twice. */
const blockRecords = 256;

/** Makes the records of a plan by a learned generator. */
export class LearnedBlocks implements BlockMaker {
  readonly #plan: CorpusPlan;
  readonly #source: SignalSource;
  readonly #signal: AbortSignal | undefined;

  constructor(plan: CorpusPlan, source: SignalSource, signal?: AbortSignal) {
    this.#plan = plan;
    this.#source = source;
    this.#signal = signal;
  }

  async *blocks(ranges: Iterable<RecordRange>): AsyncGenerator<CorpusBlock, void, undefined> {
    for (const { start, count } of ranges) {
      for (let from = start; from < start + count; ) {
        const border = (Math.floor(from / blockRecords) + 1) * blockRecords;
        const to = Math.min(start + count, border);
        yield await this.#make({ start: from, count: to - from });
        from = to;
      }
    }
  }

  async #make({ start, count }: RecordRange): Promise<CorpusBlock> {
    const { classes, type, fsHz, lengthSamples } = this.#plan;
    const request = { labels: classes, start, count, ...(this.#signal && { signal: this.#signal }) };
    const { signals } = await this.#source.batch(request);
    this.#signal?.throwIfAborted();
    const ofRecords = Array.from({ length: count }, (_, k) => labelAt(classes, start + k));
    const { names, ...rhythms } = rhythmsOfClasses(this.#plan, ofRecords);
    const beats = {
      offsets: new Uint32Array(count + 1),
      fiducialsS: new Float64Array(0),
      types: new Uint8Array(0),
      ...rhythms,
    };
    const annotations = new BatchAnnotations(beats, { rhythms: names, fsHz, lengthSamples });
    const byLabel = labelClasses(classes);
    const samples = stored(signals, type);
    return {
      ...{ start, count, beats, rhythmNames: names },
      labels: Uint8Array.from(ofRecords, (name) => byLabel.indexOf(name)),
      isInPieces: false,
      annotations: (k) => annotations.record(k),
      pieces: async function* () {
        yield samples;
      },
    };
  }
}

/** Returns samples as a corpus stores them: int16 counts 1/1000 SD, rounded to even and limited as the kernel does. */
function stored(signals: Float32Array, type: SampleType): SampleArrays[SampleType] {
  if (type === 'float32') return signals;
  if (type === 'float16') return floatToHalf(signals);
  return sampleArrays.int16.from(signals, (sample) => {
    const scaled = Math.fround(sample * 1000);
    const whole = Math.floor(scaled);
    const isHalf = scaled - whole === 0.5;
    const rounded = isHalf ? whole + (Math.abs(whole) % 2) : Math.round(scaled);
    return Math.max(-32768, Math.min(32767, rounded));
  });
}
