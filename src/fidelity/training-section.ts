// What the report says about the network of a comparison and about trainings on synthetic records.

import type { Measured } from '../measures/bootstrap.js';
import { type Markup, table, words } from '../report/html.js';
import type { NetworkFacts } from './network-features.js';
import type { Transfer } from './transfer.js';

/** Returns what a reader must know about the network. */
export function networkText({
  file,
  arch,
  labels,
  features,
  trainedOn,
  leftOutPatients,
}: NetworkFacts): string {
  const known =
    trainedOn === null
      ? 'The file does not say which patients trained it: if compared patients did, its rows are too small.'
      : `It was trained on real records of ${trainedOn}. ${leftOutPatients} patients that trained or validated it are left ` +
        'out of the comparison.';
  return (
    `Network: ${file}, ${arch}, trained with the setting real to distinguish ${labels.join(', ')}; its features are the ` +
    `${features} inputs of its last layer. ${known}`
  );
}

/** Returns the scores of the trainings as a table. */
export function transferSection({
  task,
  arch,
  steps,
  training,
  test,
  patients,
  labels,
  rows,
  gap,
}: Transfer): Markup[] {
  const per = (counts: readonly number[]) =>
    counts.map((count, at) => `${count} ${labels[at]}`).join(' and ');
  const range = ({ low, high }: Measured) => `${showNumber(low)} to ${showNumber(high)}`;
  return [
    words(
      `Task ${task}, network ${arch}, ${steps} steps. Each network is trained on ${per(training)} records, and each test has ` +
        `${per(test)} records. ${patients[0]} real patients of half A train, ${patients[1]} of half B test. Scores are means ` +
        'over both labels; the intervals come from a bootstrap over patients, and do not include the chance of the training.',
    ),
    table(
      ['', 'F1', '95 % interval', 'AUPRC', '95 % interval', 'meaning'],
      [
        ...rows.map(({ name, f1, auprc, meaning }) => [
          ...[name, showNumber(f1.value), range(f1), showNumber(auprc.value), range(auprc), meaning],
        ]),
        [
          ...[
            'TSTR − TRTR',
            showNumber(gap.f1.value),
            range(gap.f1),
            showNumber(gap.auprc.value),
            range(gap.auprc),
          ],
          'What is lost by training on synthetic records alone; 0: nothing.',
        ],
      ],
    ),
  ];
}

/** Returns a number with three significant digits; a dash for NaN. */
export function showNumber(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
