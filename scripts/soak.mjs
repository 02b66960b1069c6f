// Makes millions of records with `synth.stream`, checks every batch, and checks that the memory does not grow.
//   node scripts/soak.mjs [--records 10000000] [--minutes M]
// The records have 10 s at 500 Hz, are z-scored and belong to all five classes. Every eighth stretch of 100,000 records
// is annotated. The checks are:
//   - in each batch: the index of its first record, the labels, and the first and last sample of each record
//   - in every 1,009th record: mean and SD; its samples also enter a checksum
//   - in each annotated batch: the beats of one record
//   - at the end: the first batch, made a second time, has the same bits
//   - memory: after the first tenth of the run, it rises by at most `boundMb`, by a line through all later readings
// Prints the resident memory at ten points. Exits with 1 if a check fails.

import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { root, setup } from './setup.mjs';

const boundMb = 32;
const batchSize = 512;
const annotatedEvery = 8;
const stretch = 100_000;

const { values } = parseArgs({
  options: { records: { type: 'string', default: '10000000' }, minutes: { type: 'string' } },
});
const total = number('records', values.records);
const deadlineMs = values.minutes === undefined ? Infinity : 60_000 * number('minutes', values.minutes);

function number(name, text) {
  const value = Number(text);
  if (value > 0 && (name !== 'records' || Number.isInteger(value))) return value;
  console.error(
    `--${name} is "${text}"; expected a ${name === 'records' ? 'whole number' : 'number'} above 0`,
  );
  process.exit(2);
}

await setup();
const { classCode, ecgClasses, Synthesizer } = await import(new URL('dist/index.js', `file://${root}`));
const synth = new Synthesizer({ preset: 'paper', fsHz: 500, seconds: 10, seed: 10_000_000, unit: 'zscore' });
const { lengthSamples } = synth;
const codes = ecgClasses.map(classCode);

const folded = createHash('sha256');
let summed = 0;
let annotated = 0;
let beats = 0;

/** Ends this process with a message if a check does not hold. */
function demand(holds, what, index) {
  if (holds) return;
  console.error(`record ${index}: ${what}`);
  process.exit(1);
}

function judge({ signals, labels, start, count, annotations }, expectedStart) {
  demand(
    start === expectedStart && labels.length === count,
    `the batch should start at record ${expectedStart}, with one label per record`,
    start,
  );
  demand(signals.length === count * lengthSamples, 'the batch does not have all its samples', start);
  for (let k = 0; k < count; k++) {
    const index = start + k;
    const at = k * lengthSamples;
    const expected = codes[index % codes.length];
    demand(labels[k] === expected, `the label is ${labels[k]}, expected ${expected}`, index);
    const ends = Math.abs(signals[at]) + Math.abs(signals[at + lengthSamples - 1]);
    demand(ends < 100, 'its first or last sample is NaN or too large for a z-score', index);
    if (index % 1009 === 0) judgeWhole(signals.subarray(at, at + lengthSamples), index);
  }
  if (annotations === undefined) return;
  annotated += count;
  const { beats: found } = annotations.record(start % count);
  beats += found.length;
  const isInOrder = found.every(({ sample }, i) => i === 0 || sample > found[i - 1].sample);
  demand(
    found.length > 2 && found.length < 60 && isInOrder,
    `${found.length} beats; expected 3 to 59, in order of time`,
    start,
  );
}

function judgeWhole(signal, index) {
  let sum = 0;
  let squares = 0;
  for (const x of signal) {
    sum += x;
    squares += x * x;
  }
  const mean = sum / lengthSamples;
  const sd = Math.sqrt(squares / lengthSamples - mean * mean);
  demand(Math.abs(mean) < 1e-4 && Math.abs(sd - 1) < 1e-3, `mean ${mean}, SD ${sd}; expected 0 and 1`, index);
  folded.update(signal);
  summed++;
}

/** Returns the slope of the least-squares line through the points [x, y]. */
function slope(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const xx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / xx;
}

const residentMb = () => process.memoryUsage.rss() / 2 ** 20;
const digest = (samples) => createHash('sha256').update(samples).digest('hex');
const began = performance.now();
const readings = [];
let made = 0;
let printed = 0;
let maximumMb = 0;
let first;

console.log(
  `${total} records of 10 s at 500 Hz, every ${annotatedEvery}th stretch of ${stretch} is annotated`,
);
for (let from = 0; from < total && performance.now() - began < deadlineMs; from += stretch) {
  const count = Math.min(stretch, total - from);
  const annotations = (from / stretch) % annotatedEvery === 0;
  for await (const batch of synth.stream({
    classes: ecgClasses,
    start: from,
    count,
    batchSize,
    annotations,
  })) {
    judge(batch, made);
    first ??= { count: batch.count, hash: digest(batch.signals) };
    made += batch.count;
    const mb = residentMb();
    maximumMb = Math.max(maximumMb, mb);
    readings.push([made, mb]);
    const elapsedMs = performance.now() - began;
    const point = Math.floor(10 * Math.max(made / total, elapsedMs / deadlineMs));
    if (point > printed) {
      printed = point;
      const seconds = elapsedMs / 1000;
      console.log(
        `${String(made).padStart(10)} records  ${mb.toFixed(0).padStart(4)} MB resident  ${seconds.toFixed(1).padStart(6)} s`,
      );
    }
    if (elapsedMs > deadlineMs) break;
  }
}
const seconds = (performance.now() - began) / 1000;

const again = await synth.batch({ classes: ecgClasses, count: first.count });
demand(
  digest(again.signals) === first.hash,
  'the first batch has other bits when it is made a second time',
  0,
);

const warm = readings.filter(([index]) => index > made / 10);
const grownMb = warm.length < 20 ? 0 : slope(warm) * (made - warm[0][0]);
const rate = made / seconds;
console.log(
  `${made} records in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} records/s, ` +
    `${((rate * lengthSamples) / 1e6).toFixed(0)} M samples/s with all checks`,
);
console.log(
  `${annotated} annotated records (${beats} beats in those that were checked); checksum of ${summed} records: ` +
    `sha256 ${folded.digest('hex').slice(0, 16)}`,
);
const isFlat = grownMb <= boundMb;
console.log(
  `memory: at most ${maximumMb.toFixed(0)} MB; after the first tenth, the line through ${warm.length} readings rises by ` +
    `${grownMb.toFixed(1)} MB (limit ${boundMb} MB): ${isFlat ? 'passed' : 'FAILED, the memory grows'}`,
);
process.exitCode = isFlat ? 0 : 1;
