// Writes native/test/physiology_classes.inc: the numbers of every shipped class of the physiological model, for the C++
// tests. One class after another, one line per law with its five doubles. Needs `npm run build`.
//   node scripts/physiology-classes.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './kernel-build.mjs';

/** Writes the file. */
export async function writePhysiologyClasses() {
  const library = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
  const { base } = await library('synth/physiology/base.js');
  const { packClasses } = await library('synth/physiology/pack.js');
  const { classNames } = await library('signal/class-table.js');
  const fields = [...base.keys()];
  const { table } = packClasses(classNames, fields);
  const lines = classNames.flatMap((name, at) => [
    `// ${name}\n`,
    ...fields.map((field, k) => {
      const first = (at * fields.length + k) * 5;
      return `${table.subarray(first, first + 5).join(', ')},  // ${field}\n`;
    }),
  ]);
  writeFileSync(join(root, 'native', 'test', 'physiology_classes.inc'), lines.join(''));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writePhysiologyClasses();
}
