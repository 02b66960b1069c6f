// Writes docs/simulator.md, the description of the physiological model, from its data: every number with its law, unit,
// range, meaning and source, and every class with its codes and its own laws. The build must be up to date.
//   npm run simulator-doc             writes the file
//   npm run simulator-doc -- --check  fails where the file differs from what it would write

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'docs/simulator.md');

const library = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const { base } = await library('synth/physiology/base.js');
const { shippedNumbers } = await library('synth/classes/index.js');
const { classTable } = await library('signal/class-table.js');

const introduction = readFileSync(join(root, 'scripts/simulator-doc/introduction.md'), 'utf8');
const groupTitles = {
  '': 'The whole record',
  rhythm: 'Rhythm',
  p: 'P wave',
  atrialWaves: 'Waves of fibrillation and flutter',
  av: 'AV conduction',
  pathway: 'Accessory pathway',
  pac: 'Premature supraventricular beats',
  pvc: 'Premature ventricular beats',
  focus: 'Beats of a ventricular focus or an electrode',
  qrs: 'QRS complex',
  repolarisation: 'ST, T and U',
  faults: 'Noise and faults',
};

const cell = (text) => `${text}`.replaceAll('|', '\\|');
const row = (...cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(...head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
const code = (words) => (words.length === 0 ? '-' : words.map((word) => `\`${word}\``).join(', '));

// Writes a law, such as `log-normal, median 0.85, SD of the logarithm 0.19, within 0.45-1.5`.
function lawText(law) {
  if (typeof law !== 'object') return typeof law === 'string' ? `\`${law}\`` : `${law}`;
  const within = `${law.min} to ${law.max}`;
  if (law.law === 'uniform') return `uniform, ${within}`;
  if (law.law === 'normal') return `normal, ${law.mean} ± ${law.sd}, within ${within}`;
  return `log-normal, ${law.median} × e^±${law.sdLog}, within ${within}`;
}

function rangeText({ words, min, max }) {
  return words === undefined ? `${min} to ${max}` : Object.keys(words).join(', ');
}

const groupOf = (field) => (field.includes('.') ? field.split('.')[0] : '');
const groups = [...new Set([...base.keys()].map(groupOf))];
for (const group of groups) {
  if (!(group in groupTitles))
    throw new Error(`scripts/simulator-doc.mjs has no title for the group "${group}"`);
}

const numberTables = groups.map((group) => {
  const rows = [...base]
    .filter(([field]) => groupOf(field) === group)
    .map(([field, number]) =>
      row(`\`${field}\``, lawText(number.law), number.unit, rangeText(number), number.meaning, number.source),
    );
  const head = ['number', 'law', 'unit', 'allowed', 'meaning', 'source'];
  return `### ${groupTitles[group]}\n\n${table(head, rows)}`;
});

// The first comment of the file of a class, without its slashes.
function commentOf(name) {
  const source = readFileSync(join(root, 'src/synth/classes', `${name}.ts`), 'utf8');
  const lines = source.slice(0, source.indexOf('\n\n')).split('\n');
  return lines.map((line) => line.replace(/^\/\/ ?/, '')).join('\n');
}

const classList = table(
  ['class', 'title', 'SCP-ECG', 'SNOMED CT', 'WFDB rhythm'],
  classTable.map(({ name, title, scp, snomed, rhythm }) =>
    row(`[\`${name}\`](#${name})`, title, code(scp), code(snomed), `\`${rhythm}\``),
  ),
);
const classSections = classTable.map(({ name }) => {
  const rows = Object.entries(shippedNumbers[name]).map(([field, law]) =>
    row(`\`${field}\``, lawText(law), base.get(field).unit, base.get(field).meaning),
  );
  return `### ${name}\n\n${commentOf(name)}\n\n${table(['number', 'law', 'unit', 'meaning'], rows)}`;
});

const text = `${[
  introduction.trim(),
  '## The classes',
  classList,
  '## The numbers of normal adult sinus rhythm',
  'A class has these laws where it does not state its own.',
  ...numberTables,
  '## The numbers of each class',
  ...classSections,
].join('\n\n')}\n`;

const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === text;
if (process.argv.includes('--check')) {
  if (!isCurrent) {
    console.error('docs/simulator.md is out of date; run "npm run simulator-doc" and commit the result');
    process.exit(1);
  }
  console.log('docs/simulator.md is up to date');
} else {
  if (!isCurrent) writeFileSync(path, text);
  console.log(isCurrent ? 'docs/simulator.md: nothing has changed' : 'wrote docs/simulator.md');
}
