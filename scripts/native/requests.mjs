// Valid requests to the native addon, from the numbers of the native test; see ../native-calls.mjs.

import { readFileSync } from 'node:fs';

const numbersOf = (name) =>
  Float64Array.from(
    readFileSync(new URL(`../../native/test/${name}.inc`, import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('//'))
      .flatMap((line) => line.split('//')[0].split(',').slice(0, -1).map(Number)),
  );

/** The numbers of the preset clinical. */
export const paperSpec = numbersOf('preset_clinical');
/** The shipped classes of the physiological model, one after another. */
export const classTable = numbersOf('physiology_classes');
/** All noise, in the order of `noiseFields()`. */
export const noiseSpec = Float64Array.of(
  ...[2, 3, 9, 0.05, 0.5],
  ...[1, 0.02, 0.1, 50, 3],
  ...[2, 12, 20, 20, 150],
  ...[2, 6, 6, 6],
  ...[0.002, 0.005, 2, 3, 3],
);
export const arrays = { float32: Float32Array, float16: Uint16Array, int16: Int16Array };

export const controlBlock = () => new Int32Array(new SharedArrayBuffer(8));

/** A batch of `count` records of 5000 samples. */
export const batch = (count, more = {}) => ({
  model: 'paper',
  spec: paperSpec.slice(),
  seed: 7n,
  classes: Uint8Array.of(0, 1, 2, 3, 4),
  fsHz: 500,
  lengthSamples: 5000,
  leads: Uint8Array.of(1),
  unit: 'zscore',
  type: 'float32',
  noise: null,
  start: 0n,
  count,
  threads: 2,
  annotate: false,
  out: null,
  control: controlBlock(),
  ...more,
});

/** A record to open. */
export const record = (more = {}) => {
  const { start, count, threads, annotate, out, ...rest } = batch(1);
  return { ...rest, index: 0n, ...more };
};
