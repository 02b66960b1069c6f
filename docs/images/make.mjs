// Makes synthetic-and-real.png, the first picture of README.md: ten seconds of atrial fibrillation from the simulator
// above ten seconds from the MIT-BIH Arrhythmia Database, both on ECG paper with 25 mm/s and 10 mm/mV.
// The real record is read from the folder given as argument and is not stored in the project.
//   npm run setup, then: node docs/images/make.mjs MITDB_FOLDER

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The build of this checkout, or the one that PQRST_BUILD names.
const library = new URL(process.env.PQRST_BUILD ?? '../../dist/index.js', import.meta.url);
const { ecgPaper, readRecord, Synthesizer, svgToPng } = await import(library.href);

const seconds = 10;
/** Keeps the file below 150 kB. */
const dotsPerMm = 4;
const real = { record: '201', lead: 'MLII', startS: 60 };
const synthetic = { preset: 'clinical', seed: 12, index: 3, fsHz: 360 };

const folder = process.argv[2];
if (folder === undefined) {
  console.error(
    'no folder is given; expected: node docs/images/make.mjs MITDB_FOLDER (pqrst fetch mitdb downloads it)',
  );
  process.exit(2);
}

async function syntheticStrip() {
  const { preset, seed, index, fsHz } = synthetic;
  const synth = new Synthesizer({ preset, seed, fsHz, seconds, unit: 'mV' });
  const { signals } = await synth.batch({ classes: ['af'], start: index, count: 1 });
  return { title: 'Synthetic atrial fibrillation', lead: 'II', fsHz, unit: 'mV', signal: signals };
}

async function realStrip() {
  const record = await readRecord(join(folder, real.record));
  const first = real.startS * record.fsHz;
  const whole = record.signalsMv[record.leads.indexOf(real.lead)];
  return {
    title: `Real atrial fibrillation, MIT-BIH ${real.record}`,
    lead: real.lead,
    fsHz: record.fsHz,
    unit: 'mV',
    signal: whole.subarray(first, first + seconds * record.fsHz),
  };
}

/** Puts drawings of one width under each other; a millimetre is one user unit. */
function stack(drawings) {
  let top = 0;
  let width = 0;
  const parts = drawings.map((svg) => {
    const [, wide, high] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg).map(Number);
    const placed = svg
      .replace('<svg ', `<svg y="${top}" `)
      .replace(/ width="[\d.]+mm" height="[\d.]+mm"/, ` width="${wide}" height="${high}"`);
    top += high;
    width = Math.max(width, wide);
    return placed;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${top}mm" viewBox="0 0 ${width} ${top}">${parts.join('')}</svg>`;
}

const svg = stack([ecgPaper(await syntheticStrip()), ecgPaper(await realStrip())]);
await writeFile(fileURLToPath(new URL('synthetic-and-real.png', import.meta.url)), svgToPng(svg, dotsPerMm));
