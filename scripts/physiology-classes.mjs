// Writes what the C++ tests need to know about the shipped classes of the physiological model. Needs `npm run build`.
//   native/test/physiology_classes.inc  the numbers of every class: one line per law with its five doubles
//   native/test/physiology_names.inc    the names of the classes, in the same order
//   native/physiology_ranges.inc        the allowed range of each number, and the values of its words if it has words
//   node scripts/physiology-classes.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './kernel-build.mjs';

/** Writes the files. */
export async function writePhysiologyClasses() {
  const library = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
  const { base } = await library('synth/physiology/base.js');
  const { packClasses } = await library('synth/physiology/pack.js');
  const { classNames } = await library('signal/class-table.js');
  const include = (name, lines, folder = 'native/test') =>
    writeFileSync(join(root, folder, `physiology_${name}.inc`), lines.join(''));
  const fields = [...base.keys()];
  const { table } = packClasses(classNames, fields);
  include(
    'classes',
    classNames.flatMap((name, at) => [
      `// ${name}\n`,
      ...fields.map((field, k) => {
        const first = (at * fields.length + k) * 5;
        return `${table.subarray(first, first + 5).join(', ')},  // ${field}\n`;
      }),
    ]),
  );
  include(
    'names',
    classNames.map((name) => `"${name}",\n`),
  );
  include(
    'ranges',
    [...base].map(([field, { min, max, words }]) => {
      const values = words === undefined ? [] : Object.values(words);
      return `{${min}, ${max}, ${values.length}, {${values.join(', ')}}},  // ${field}\n`;
    }),
    'native',
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writePhysiologyClasses();
}
