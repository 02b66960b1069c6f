// Draws records and annotations from a seed, with all features of the format that is written.

import { randomStream } from '#lib/base/random.js';
import { beatSymbols } from '#lib/codecs/wfdb/annotations.js';
import type { Annotation, EcgRecord } from '#lib/signal/window.js';

/** A record with its annotations and the comments of its header. */
export interface RandomRecord {
  readonly record: EcgRecord;
  readonly annotations: readonly Annotation[];
  readonly comments: readonly string[];
}

/**
 * Returns a random record. Its samples are whole microvolts, and some are missing. Its annotations are in order of
 * time; some gaps between them are shorter and some are longer than 1023 samples, the largest gap that WFDB stores
 * directly.
 */
export function randomRecord(seed: number): RandomRecord {
  const random = randomStream(seed, 'random record');
  const leads = ['I', 'II', 'V1', 'chest lead, 2nd'].slice(0, 1 + random.below(4));
  const length = 1 + random.below(3000);
  const signalsMv = leads.map(() => {
    return Float32Array.from({ length }, () => {
      return random.below(20) === 0 ? Number.NaN : (random.below(65535) - 32767) / 1000;
    });
  });
  const symbols = [...beatSymbols, ...'+()ptu~|"'];
  let sample = 0;
  const annotations = Array.from({ length: random.below(60) }, (): Annotation => {
    sample += random.below(3) === 0 ? random.below(200_000) : random.below(1100);
    const text = Array.from({ length: random.below(3) === 0 ? random.below(256) : 0 }, () =>
      String.fromCharCode(33 + random.below(90)),
    ).join('');
    return {
      sample,
      symbol: symbols[random.below(symbols.length)]!,
      subtype: random.below(256) - 128,
      channel: random.below(256),
      number: random.below(2) === 0 ? 0 : random.below(256) - 128,
      aux: text === '' ? '' : `(${text}`.slice(0, 255),
    };
  });
  const fsHz = [100, 360, 500, 257.5][random.below(4)]!;
  return {
    record: { name: `r${seed}`, fsHz, leads, signalsMv },
    annotations,
    comments: [`seed: ${seed}`, 'two'],
  };
}
