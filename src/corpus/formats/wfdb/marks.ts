// Makes the .atr file of a record from its beats as flat arrays. The bytes equal those from `toWfdbAnnotations`, but
// this file makes no object per mark, because a day of ECG has a million marks.

import { AnnotationWriter, annotationCode } from '../../../codecs/wfdb/annotations.js';
import type { KernelBeats } from '../../../kernel/binding.js';

const [rhythmChange, onset, offset] = ['+', '(', ')'].map((symbol) => annotationCode(symbol)!);
const fields = 9;

/** Returns the bytes of the .atr file of record `k` of a batch; `rhythm` is its text in WFDB. */
export function formatMarks(
  { offsets, fiducialsS, types }: KernelBeats,
  k: number,
  { rhythm, fsHz, lengthSamples }: { rhythm: string; fsHz: number; lengthSamples: number },
): Uint8Array {
  const [from, to] = [offsets[k]!, offsets[k + 1]!];
  // A key combines sample and place in one number below 2^53. Sorted keys are in order of time, and equal times keep
  // their order.
  const places = fields * (to - from);
  const keys = new Float64Array(places);
  let count = 0;
  for (let place = 0; place < places; place++) {
    const at = from * fields + place;
    const timeS = fiducialsS[at]!;
    const peakS = fiducialsS[at - (place % 3) + 1]!;
    const isInside = !Number.isNaN(peakS) && timeS >= 0 && timeS * fsHz < lengthSamples;
    if (isInside) keys[count++] = Math.min(Math.round(timeS * fsHz), lengthSamples - 1) * places + place;
  }
  const writer = new AnnotationWriter();
  writer.write(0, rhythmChange!, 0, 0, 0, Buffer.from(rhythm, 'latin1'));
  const peaks = [annotationCode('p')!, 0, annotationCode('t')!];
  for (const key of keys.subarray(0, count).sort()) {
    const place = key % places;
    const wave = Math.floor((place % fields) / 3);
    const bound = place % 3;
    if (bound === 1) {
      const beat = from + Math.floor(place / fields);
      const symbol = wave === 1 ? annotationCode(String.fromCharCode(types[beat]!))! : peaks[wave]!;
      writer.write(Math.floor(key / places), symbol);
    } else {
      writer.write(Math.floor(key / places), bound === 0 ? onset! : offset!, wave);
    }
  }
  return writer.end();
}
