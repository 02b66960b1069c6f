// Makes the .atr file of a record from its beats as flat arrays. The bytes equal those from `toWfdbAnnotations`, but
// this file makes no object per mark, because a day of ECG has a million marks.

import { AnnotationWriter, annotationCode } from '../../../codecs/wfdb/annotations.js';
import type { KernelBeats } from '../../../kernel/binding.js';
import type { AnnotationScale } from '../../../synth/annotations.js';

const [rhythmChange, onset, offset] = ['+', '(', ')'].map((symbol) => annotationCode(symbol)!);
const fields = 9;

/** Returns the bytes of the .atr file of record `k` of a batch. A rhythm comes before the marks at its sample. */
export function formatMarks(beats: KernelBeats, k: number, scale: AnnotationScale): Uint8Array {
  const { offsets, fiducialsS, types, rhythmOffsets, rhythmTimesS, rhythmClasses } = beats;
  const { rhythms, fsHz, lengthSamples } = scale;
  const sampleAt = (timeS: number) => Math.min(Math.round(timeS * fsHz), lengthSamples - 1);
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
    if (isInside) keys[count++] = sampleAt(timeS) * places + place;
  }
  const writer = new AnnotationWriter();
  let change = rhythmOffsets[k]!;
  const writeRhythmsUpTo = (sample: number) => {
    for (; change < rhythmOffsets[k + 1]!; change++) {
      const at = sampleAt(rhythmTimesS[change]!);
      if (at > sample) return;
      const { rhythm } = rhythms[rhythmClasses[change]!]!;
      writer.write(at, rhythmChange!, 0, 0, 0, Buffer.from(rhythm, 'latin1'));
    }
  };
  const peaks = [annotationCode('p')!, 0, annotationCode('t')!];
  for (const key of keys.subarray(0, count).sort()) {
    const place = key % places;
    const wave = Math.floor((place % fields) / 3);
    const bound = place % 3;
    writeRhythmsUpTo(Math.floor(key / places));
    if (bound === 1) {
      const beat = from + Math.floor(place / fields);
      const symbol = wave === 1 ? annotationCode(String.fromCharCode(types[beat]!))! : peaks[wave]!;
      writer.write(Math.floor(key / places), symbol);
    } else {
      writer.write(Math.floor(key / places), bound === 0 ? onset! : offset!, wave);
    }
  }
  writeRhythmsUpTo(lengthSamples);
  return writer.end();
}
