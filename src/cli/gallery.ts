// `pqrst gallery`: writes one HTML page with every class of the simulator in every preset, measured intervals, and real
// records of the same label.

import { plural } from '../base/text.js';
import type { EcgClass } from '../signal/classes.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { expectNewFile } from './new-file.js';
import { list, repeated, seed } from './options.js';
import { stepsOf } from './progress.js';
import { exitCodeOf, skippedLines } from './skipped.js';
import type { Register, Result, Task } from './task.js';

interface Options extends ClassFileFlags {
  out: string;
  data: readonly string[];
  seed: number;
  preset?: readonly string[];
  classes?: readonly EcgClass[];
}

export const registerGallery: Register = (program, run) => {
  program
    .command('gallery')
    .summary('show every class of the simulator beside real records on one page')
    .description(
      'Writes one HTML page with every class of the simulator: strips of lead II, a page of twelve leads, the intervals ' +
        'of 50 records beside the laws of the class, and real records with the same label.',
    )
    .option('--out <file>', 'HTML file to write', 'gallery.html')
    .option(
      '--data <kind:dir>',
      'data set with real records, as KIND:DIR; may be repeated; kinds: mitdb, rhythm, ptb-xl, ludb, cinc2017, cinc2021, cpsc2018, chapman, code15, mimic, npy, edf, folder, corpus',
      repeated,
      [] as readonly string[],
    )
    .option('--seed <n>', 'chooses the synthetic and the real records', seed, 0)
    .option(
      '--preset <names>',
      'presets, separated by commas: physiological, clinical, paper (default: all three)',
      list('--preset'),
    )
    .option(
      '--classes <names>',
      'classes, separated by commas, also mixtures such as af+pvc (default: all classes)',
      list('--classes'),
    )
    .addOption(classFileOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst gallery
  $ pqrst gallery --data ptb-xl:ptb-xl --data mitdb:mitdb --seed 3 --out classes.html
  $ pqrst gallery --preset physiological --classes clbbb,crbbb,af+clbbb --out blocks.html
  $ pqrst gallery --preset physiological --class-file coarse-af.json --classes af,coarse-af --out coarse-af.html`,
    )
    .action(run<Options>(gallery));
};

async function gallery(options: Options, task: Task): Promise<Result> {
  const { out, data, seed } = options;
  await expectNewFile(out);
  const { writeFileAtomic } = await import('../base/files.js');
  const { makeGallery } = await import('../gallery/gallery.js');
  const own = await ownClassesOf(options);
  const { onStep, stop } = stepsOf(task);
  const onto = (label: string) => (done: number, total: number) => onStep(label, done, total);
  const { html, presets, classes, real } = await makeGallery({
    ...{ presets: options.preset, classes: options.classes, ...own, data, seed, signal: task.signal },
    ...{ onRead: onto('read the data sets (records)'), onClass: onto('draw the classes') },
  }).finally(stop);
  task.signal.throwIfAborted();
  for (const line of skippedLines(real ?? { skipped: [] })) task.say(line);
  await writeFileAtomic(out, html);
  const withReal = classes.filter((name) => (real?.byClass.get(name)?.windows ?? 0) > 0);
  const bytes = Buffer.byteLength(html);
  return {
    json: {
      ...{ file: out, bytes, presets, seed, classes },
      ...(real && { real: { sources: real.sources, classes: withReal, skipped: real.skipped } }),
    },
    text:
      `${plural(classes.length, 'class', 'classes')} in ${out} (${(bytes / 1e6).toFixed(1)} MB)` +
      (real === undefined
        ? ''
        : `; ${withReal.length} of them beside real records of ${plural(real.sources.length, 'data set')}`),
    exitCode: exitCodeOf(real ?? { skipped: [] }),
  };
}
