// Makes one synthetic ECG of each class, prints what its annotations say, and writes it as a WFDB record.
//   node examples/synthesize.mjs [FOLDER]     (default: a new temporary folder)
//
// To change: the preset (`paper`, `clinical` or `physiological`), the sampling rate, the length, the seed and the classes.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Synthesizer, toWfdbAnnotations, writeRecord } from 'pqrst';

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'pqrst-synthesize-')));
const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];

// 1. Make the records. The classes repeat in order: record i has the class classes[i % 5]. The same seed gives the same
//    records on every machine. Without `unit: 'mV'` the signals are z-scored, as a network expects them.
const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
const batch = await synth.batch({ classes, count: classes.length, annotations: true });

for (const [k, name] of classes.entries()) {
  // 2. All signals are in one array, record after record. A part of it is the signal of record k.
  const signalMv = batch.signals.subarray(k * batch.lengthSamples, (k + 1) * batch.lengthSamples);

  // 3. The annotations have the rhythms, and each beat with its type and the onset, peak and offset of its waves.
  const { rhythms, beats } = batch.annotations.record(k);
  const ventricular = beats.filter((beat) => beat.type === 'V').length;
  const qrsMs = beats.map(({ qrs }) => (qrs ? 1000 * (qrs.offsetS - qrs.onsetS) : Number.NaN));
  const widest = Math.max(...qrsMs.filter(Number.isFinite));
  console.log(
    `${name.padEnd(6)} ${rhythms[0].rhythm.padEnd(6)} ${beats.length} beats, ${ventricular} ventricular, ` +
      `widest QRS ${widest.toFixed(0)} ms`,
  );

  // 4. Write NAME.hea, NAME.dat and NAME.atr. Every program that reads WFDB can open them.
  await writeRecord(
    folder,
    { name, fsHz: 500, leads: ['II'], signalsMv: [signalMv] },
    { annotations: toWfdbAnnotations(batch.annotations.record(k), 500), comments: [`class: ${name}`] },
  );
}
console.log(`wrote ${classes.length} WFDB records, with their beats and waves, to ${folder}`);
