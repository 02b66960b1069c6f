// Make labelled records, look at one's annotations, and write it as a WFDB record.
//   node examples/synthesize.mjs [FOLDER]

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Synthesizer, toWfdbAnnotations, writeRecord } from 'pqrst';

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'pqrst-synthesize-')));
const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];

// Record i is of class classes[i % 5]; the same seed gives the same bits on every machine.
const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
const batch = await synth.batch({ classes, count: classes.length, annotations: true });

for (const [k, name] of classes.entries()) {
  const signalMv = batch.signals.subarray(k * batch.lengthSamples, (k + 1) * batch.lengthSamples);
  const { rhythm, beats } = batch.annotations.record(k);
  const ventricular = beats.filter((beat) => beat.type === 'V').length;
  const qrsMs = beats.map(({ qrs }) => (qrs ? 1000 * (qrs.offsetS - qrs.onsetS) : Number.NaN));
  const widest = Math.max(...qrsMs.filter(Number.isFinite));
  console.log(
    `${name.padEnd(6)} ${rhythm.padEnd(6)} ${beats.length} beats, ${ventricular} ventricular, ` +
      `widest QRS ${widest.toFixed(0)} ms`,
  );
  await writeRecord(
    folder,
    { name, fsHz: 500, leads: ['II'], signalsMv: [signalMv] },
    { annotations: toWfdbAnnotations(batch.annotations.record(k), 500), comments: [`class: ${name}`] },
  );
}
console.log(`${classes.length} WFDB records with beats and waves stand in ${folder}`);
