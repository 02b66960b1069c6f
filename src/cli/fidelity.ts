// `pqrst fidelity`: measures how close synthetic records are to real ones, and writes a page and a JSON file.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import type { Engine } from '../engine/engine.js';
import type { Comparison } from '../fidelity/compare.js';
import type { FidelitySubject } from '../fidelity/page.js';
import { defaultFsHz, defaultSeconds } from '../signal/defaults.js';
import { expectNewFile } from './new-file.js';
import { repeated, seed, taskName, wholeNumber } from './options.js';
import { stepsOf } from './progress.js';
import { exitCodeOf, skippedLines } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { type WindowFlags, windowOptions } from './window-options.js';

interface Options extends WindowFlags {
  real: readonly string[];
  synthetic: string;
  label: string;
  out: string;
  count?: number;
  network?: string;
  networkTest?: boolean;
  task?: string;
  seed: number;
}

export const registerFidelity: Register = (program, run) => {
  const windows = windowOptions();
  program
    .command('fidelity')
    .summary('measure how close synthetic records are to real records of other patients')
    .description(
      'Compares synthetic with real records of one label and one lead, and writes one HTML page and one JSON file: ' +
        'each measure with its interval, its floor (real records of other patients) and its ceiling (random phases), the ' +
        'distributions, what gives the synthetic records away, and a test for copies.',
    )
    .requiredOption('--real <kind:dir>', 'data set with real records, as KIND:DIR; may be repeated', repeated)
    .requiredOption(
      '--synthetic <source>',
      'preset:NAME, class:FILE (a class file), corpus:DIR, or generator:DIR (pqrst train-generator)',
    )
    .requiredOption('--label <name>', 'class or label of both sides, such as af')
    .option('--out <file>', 'HTML page to write; the JSON file has the same name', 'fidelity.html')
    .option(
      '--count <n>',
      'synthetic records of a preset or class (default: as many as there are real records)',
      wholeNumber('--count', 12, 1_000_000),
    )
    .option(
      '--network <path>',
      'compare also by the features of a network: a run of pqrst train --setting real, or its model.onnx',
    )
    .option(
      '--network-test',
      'train a small network to tell the signals apart, one to two minutes: a row with the AUC on records that it has not seen',
    )
    .option(
      '--task <name>',
      'train on real and on synthetic records and test on the other: af, or POSITIVE:NEGATIVE with the label',
      taskName,
    )
    .option('--seed <n>', 'chooses halves, folds, resamples and synthetic records', seed, 0)
    .addOption(windows.fs)
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst fidelity --real ptb-xl:ptb-xl --synthetic preset:physiological --label normal --filter 0.5-40
  $ pqrst fidelity --real mitdb:mitdb --synthetic class:my-af.json --label af --out my-af.html
  $ pqrst fidelity --real ptb-xl:ptb-xl --synthetic preset:physiological --label af --task af --network run
  $ pqrst fidelity --real ptb-xl:ptb-xl --synthetic preset:physiological --label normal --filter 0.5-40 --network-test
  $ pqrst fidelity --real ptb-xl:ptb-xl --synthetic corpus:made --label af --fs 250`,
    )
    .action(run<Options>(fidelity));
};

async function fidelity(options: Options, task: Task): Promise<Result> {
  const { real: data, synthetic, label, out, seed } = options;
  if (!out.endsWith('.html')) {
    throw new PqrstError('ERR_OPTION', `--out must name a file that ends with .html, got "${out}"`);
  }
  const jsonFile = out.replace(/\.html$/, '.json');
  for (const file of [out, jsonFile]) await expectNewFile(file);
  const shape = shapeOf(options);
  const { compareSides, resultOf } = await import('../fidelity/compare.js');
  const { openFeatureNetwork } = await import('../fidelity/network-features.js');
  const { fidelityPage } = await import('../fidelity/page.js');
  const { networkText } = await import('../fidelity/training-section.js');
  const { inUnitOf, openRecords, recordsOf, syntheticRecords, syntheticTask } = await import(
    '../fidelity/sources.js'
  );
  const { signalTestBy } = await import('../fidelity/signal-test.js');
  const { transfer, transferTask } = await import('../fidelity/transfer.js');
  const { writeFileAtomic } = await import('../base/files.js');
  const { withEngine } = await import('../engine/open.js');
  const labels = options.task === undefined ? undefined : transferTask(options.task, label);
  const { signal } = task;
  const { onStep, stop } = stepsOf(task);
  const measure = async (engine: Engine | undefined) => {
    const network =
      options.network === undefined ? undefined : await openFeatureNetwork(options.network, shape, engine!);
    try {
      const opened = await openRecords(data, shape, {
        signal,
        onProgress: (done, total) => onStep('read the real records', done, total),
      });
      const { set, facts } = network?.withoutTrained(opened) ?? { set: opened };
      if (facts !== undefined && facts.leftOutPatients > 0) {
        stop();
        task.say(
          `left out: ${plural(facts.leftOutPatients, 'patient')} that trained or validated the network`,
        );
      }
      const real = recordsOf(set, label);
      const count = options.count ?? real.signals.length;
      const made = await syntheticRecords(synthetic, {
        ...{ label, count, seed, unit: real.unit, ...shape, signal },
      });
      // A label that a side lacks is found before the comparison, which takes time.
      const forTask = labels && (await syntheticTask(synthetic, opened, labels, seed, shape, { signal }));
      const found = await compareSides(inUnitOf(real, made), made, {
        ...{ seed, signal, onStep, network: network?.features },
        ...(options.networkTest && { signalTest: signalTestBy({ engine: engine!, seed, signal, onStep }) }),
      });
      if (labels === undefined || forTask === undefined) return { real, found, network: facts };
      const trained = await transfer(
        { task: labels, real: opened, compared: real.patients, made: forTask },
        { engine: engine!, seed, signal, onStep },
      );
      return { real, found, network: facts, transfer: trained };
    } finally {
      await network?.close();
    }
  };
  try {
    const needsEngine = labels !== undefined || options.network !== undefined || options.networkTest === true;
    const { real, found, ...more } = await (needsEngine ? withEngine({}, measure) : measure(undefined));
    const subject = {
      ...{ label, real: data.join(', '), synthetic, lead: shape.lead, filter: shape.filter, seed },
      ...more,
    };
    const html = fidelityPage(found, subject);
    stop();
    for (const line of skippedLines({ ...real, notes: found.notes })) task.say(line);
    const json = { ...subject, ...shape, ...resultOf(found) };
    task.signal.throwIfAborted();
    await writeFileAtomic(jsonFile, `${JSON.stringify(json, null, 2)}\n`);
    await writeFileAtomic(out, html);
    return {
      json: { page: out, file: jsonFile, ...json },
      text: textOf(found, { ...subject, network: more.network && networkText(more.network) }, out),
      exitCode: exitCodeOf(real),
    };
  } finally {
    stop();
  }
}

/** Returns a number with three significant digits; a hyphen for NaN. */
export function show(value: number): string {
  return Number.isNaN(value) ? '-' : String(Number(value.toPrecision(3)));
}

/** Returns rows of cells as lines with aligned columns. */
export function alignedRows(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Returns the shape of the records of both sides. */
export function shapeOf({ fs = defaultFsHz, seconds = defaultSeconds, leads = ['II'], filter }: WindowFlags) {
  if (leads.length > 1) {
    throw new PqrstError(
      'ERR_OPTION',
      `records of one lead are compared, got --leads ${leads.join(',')}; name one lead`,
    );
  }
  return { fsHz: fs, seconds, lead: leads[0]!, filter };
}

const shownRows = [
  'features.mmd',
  'features.coverage',
  'features.logistic',
  'features.nearest',
  'network.mmd',
  'network.logistic',
  'signals.psd',
  'signals.warp',
  'signals.network',
  'w1.rrMeanS',
  'w1.prS',
  'w1.qrsS',
  'w1.qtcS',
];

function textOf(
  { n, patients, rows, giveaways, memorisation }: Comparison,
  { network, transfer }: Pick<FidelitySubject, 'transfer'> & { readonly network: string | undefined },
  out: string,
): string {
  const cells = rows
    .filter(({ key }) => shownRows.includes(key))
    .map(({ key, name, made, floor, ceiling }) => [
      key.startsWith('network.') ? `${name} (network)` : name,
      show(made.value),
      `${show(made.low)} to ${show(made.high)}`,
      show(floor),
      show(ceiling),
    ]);
  const head = ['measure', 'synthetic', '95 % interval', 'floor', 'ceiling'];
  const strongest = giveaways
    .slice(0, 5)
    .map(({ name, coefficient }) => `${coefficient > 0 ? 'more' : 'less'} ${name}`);
  return [
    `${n} records per side; real patients: ${patients[0]} in half A, ${patients[1]} in half B`,
    '',
    ...alignedRows([head, ...cells]),
    '',
    ...(network === undefined ? [] : [network, '']),
    ...(transfer === undefined
      ? []
      : [
          `task ${transfer.task}, ${transfer.arch}, ${transfer.steps} steps (95 % intervals over patients):`,
          ...transfer.rows.map(
            ({ name, f1, auprc }) =>
              `  ${name}  F1 ${show(f1.value)} (${show(f1.low)} to ${show(f1.high)})  ` +
              `AUPRC ${show(auprc.value)} (${show(auprc.low)} to ${show(auprc.high)})`,
          ),
          '',
        ]),
    `what gives the synthetic records away: ${strongest.join(', ')}`,
    `copies: ${memorisation.copies} of ${memorisation.n} synthetic records (z ${show(memorisation.z)}; below -3 means copies)`,
    `all measures and pictures: ${out}`,
  ].join('\n');
}
