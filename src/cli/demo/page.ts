// Makes the report of the demo: scores with their meaning in words, learning curves, pictures and the method.

import { availableParallelism } from 'node:os';
import { packageVersion } from '../../base/version.js';
import { learningCurveChart, type ScoreBar, scoreChart } from '../../report/charts.js';
import { figures, htmlReport, type Markup, table, words } from '../../report/html.js';
import type { BaseSetting } from '../../run/settings.js';
import type { Estimate, Metrics } from '../../score/metrics.js';
import { displayNames } from '../../signal/window.js';
import type { CurvePoint } from '../../train/checkpoint.js';
import type { DemoConfig, DemoRun } from './demo.js';
import type { RealRecords } from './strips.js';

/** The content of the report. */
export interface DemoFindings {
  readonly config: DemoConfig;
  readonly runs: readonly DemoRun[];
  readonly pictures: readonly Markup[];
  readonly real: RealRecords | undefined;
  readonly tookS: number;
}

const titles: Readonly<Record<BaseSetting, string>> = { real: 'Real', syn: 'Syn', 'syn-real': 'Syn→Real' };

/** Returns the report as HTML. */
export function demoPage({ config, runs, pictures, real, tookS }: DemoFindings): string {
  const synthetic = real === undefined;
  return htmlReport({
    title: 'pqrst: atrial fibrillation from synthetic and real ECGs',
    summary: synthetic
      ? 'A model was trained on synthetic records, exported to ONNX and evaluated on synthetic records that were held back.'
      : 'Models were trained on real and synthetic records, exported to ONNX and evaluated on patients that training never saw.',
    ...(synthetic && {
      banner:
        'NO REAL RECORDS WERE FOUND. Every score below was measured on SYNTHETIC records that were held back; ' +
        'it says nothing about real patients. Set PQRST_DATA to a folder that contains mitdb or ptb-xl, and run the demo again.',
    }),
    sections: [
      { heading: 'What the model got right', body: results(runs, real) },
      { heading: 'How it learned', body: learning(runs) },
      {
        heading: synthetic ? 'The five classes, synthetic' : 'The five classes, synthetic beside real',
        body: [
          words(
            'The pictures show lead II at 25 mm/s and 10 mm/mV, and print at true size. The marks of synthetic records come from the plan of the record and are exact. The marks of real records are the reference annotations.',
            'note',
          ),
          ...pictures,
        ],
      },
      { heading: 'What was done', body: method(config, runs, real) },
    ],
    footer: `pqrst ${packageVersion()}, seed ${config.seed}, ${Math.round(tookS)} s on ${availableParallelism()} cores. A demonstration with small budgets, not a medical device.`,
  });
}

/** Returns the metrics of a run. They are those of two labels, because the task of the demo is AF against normal. */
function metricsOf({ result }: DemoRun): Metrics {
  return result.test.metrics as Metrics;
}

function results(runs: readonly DemoRun[], real: RealRecords | undefined): Markup[] {
  const metrics = metricsOf(runs[0]!);
  const head = [
    'Setting',
    'F1 at 0.5',
    'F1 at the validation threshold',
    'AUPRC',
    'AUROC',
    'TP',
    'FP',
    'FN',
    'TN',
  ];
  const rows = runs.map((run) => {
    const m = metricsOf(run);
    const counts = [m.truePositives, m.falsePositives, m.falseNegatives, m.trueNegatives];
    return [
      titles[run.setting],
      show(m.f1),
      atValidationThreshold(run),
      ...[m.auprc, m.auroc].map(show),
      ...counts.map(({ value }) => String(value)),
    ];
  });
  const bars: ScoreBar[] = runs.flatMap(({ setting, result: { test } }) =>
    (['f1', 'auprc', 'auroc'] as const)
      .filter((name) => !Number.isNaN(test.metrics[name].value))
      .map((name) => {
        const { value, low, high } = test.metrics[name];
        const group = name === 'f1' ? 'F1' : name.toUpperCase();
        return {
          group,
          name: titles[setting],
          value,
          low: Number.isNaN(low) ? value : low,
          high: Number.isNaN(high) ? value : high,
        };
      }),
  );
  const unit = real === undefined ? 'synthetic records' : 'patients';
  return [
    ...verdict(runs).map((sentence) => words(sentence, 'verdict')),
    table(head, rows),
    words(
      `Test: ${metrics.windows} ten-second windows of ${metrics.patients} ${unit}, ${metrics.positives} of them AF${patientsOf(runs, real)}. ` +
        `The brackets show 95 % intervals from a bootstrap over ${unit}.`,
      'note',
    ),
    ...(real === undefined
      ? []
      : [
          words(
            'The seed and the budgets of this demonstration were chosen with knowledge of its scores. With other values, ' +
              'the order of the settings changes. The demonstration shows the procedure, not the effect; docs/results.md ' +
              'compares the settings over several seeds.',
            'note',
          ),
        ]),
    figures(
      [
        {
          svg: scoreChart('Scores on the test', bars, { embedded: true, width: 760 }),
          caption: 'A dot is a score; its whisker is the 95 % interval.',
        },
      ],
      'chart',
    ),
  ];
}

/** Returns the F1 at the threshold that was chosen on validation records, with the threshold. */
function atValidationThreshold({ result }: DemoRun): string {
  const chosen = result.test.decisions?.find(({ rule }) => rule === 'validation');
  return chosen === undefined ? 'none' : `${show(chosen.f1)} from ${chosen.threshold.toFixed(3)}`;
}

/** Returns a text about the patients of the test with AF, and about the patients of training and validation. */
function patientsOf(runs: readonly DemoRun[], real: RealRecords | undefined): string {
  const split = runs[0]!.result.split;
  if (split === null || real === undefined) return '';
  const tested = new Set(split.test.patients);
  const affected = real.set.windows.filter(({ classes }) => classes.includes('af'));
  const patients = new Set(affected.map((window) => displayNames(window).patientId));
  const count = [...patients].filter((patient) => tested.has(patient)).length;
  return (
    ` from ${count} ${count === 1 ? 'patient' : 'patients'}: too few to show how well the models classify other patients. ` +
    `Training had ${split.train.patients.length} other patients, validation ${split.val.patients.length}`
  );
}

/** Returns sentences about the gain of Syn→Real over Real, and about the scores of Syn alone. */
export function verdict(runs: readonly DemoRun[]): string[] {
  const of = (setting: BaseSetting) => runs.filter((run) => run.setting === setting).map(metricsOf)[0];
  const [real, syn, both] = [of('real'), of('syn'), of('syn-real')];
  if (real === undefined || both === undefined) {
    return syn === undefined
      ? []
      : [
          `Trained on synthetic records alone, the model reaches F1 ${show(syn.f1)} and AUROC ${show(syn.auroc)} on held-back SYNTHETIC records.`,
        ];
  }
  const sentences = [compare('F1', real.f1, both.f1), compare('AUPRC', real.auprc, both.auprc)];
  if (syn !== undefined) sentences.push(alone(syn));
  return sentences;
}

function compare(name: string, real: Estimate, both: Estimate): string {
  const pair = `${name} ${fixed(real.value)} with real records alone, ${fixed(both.value)} after synthetic pre-training`;
  if (Number.isNaN(real.value) || Number.isNaN(both.value)) return `${pair}: no gain can be computed.`;
  const change = both.value - real.value;
  const percent =
    real.value > 0 ? ` (${change < 0 ? '−' : '+'}${Math.abs((100 * change) / real.value).toFixed(0)} %)` : '';
  const what =
    Math.abs(change) < 0.005
      ? 'neither gained nor lost'
      : change > 0
        ? `gained ${change.toFixed(2)}`
        : `lost ${(-change).toFixed(2)}`;
  const overlap = both.low <= real.high && real.low <= both.high;
  const caution = overlap
    ? 'the intervals overlap, so these few patients do not show a difference'
    : 'the intervals over these few patients do not overlap';
  return `${pair}: Syn→Real ${what}${percent}; ${caution}.`;
}

function alone(syn: Metrics): string {
  const share = syn.positives / syn.windows;
  return (
    `Without a single real record in training, Syn reaches AUROC ${fixed(syn.auroc.value)} (0.50 is chance) and ` +
    `AUPRC ${fixed(syn.auprc.value)} (${fixed(share)} is chance).`
  );
}

function learning(runs: readonly DemoRun[]): Markup[] {
  const curves = (value: (point: CurvePoint) => number | null) =>
    runs.map(({ setting, curve, result }) => {
      let before = 0;
      const points = result.phases.flatMap(({ phase, steps }) => {
        const own = curve
          .filter((point) => point.phase === phase)
          .map((point) => [before + point.step, value(point) ?? Number.NaN] as const);
        before += steps;
        return own;
      });
      return { name: titles[setting], points };
    });
  const chart = (title: string, value: (point: CurvePoint) => number | null, caption: string) => ({
    svg: learningCurveChart(title, curves(value), { embedded: true, xName: 'step' }),
    caption,
  });
  const alone = runs.length === 1;
  const twice = alone ? '' : ' Syn and the first phase of Syn→Real are the same training.';
  const judges = alone
    ? 'Measured on synthetic records that were held back for validation.'
    : 'Measured on validation patients; for Syn and the first phase of Syn→Real, on synthetic records.';
  return [
    figures(
      [
        chart(
          'Training loss',
          (point) => point.trainLoss,
          `The mean weighted cross-entropy of an epoch.${twice}`,
        ),
        chart(
          'Validation loss',
          (point) => point.valLoss,
          `${judges} The model has the weights of the lowest point of the last phase.`,
        ),
      ],
      'chart',
    ),
  ];
}

function method(config: DemoConfig, runs: readonly DemoRun[], real: RealRecords | undefined): Markup[] {
  const { arch, preset, fsHz, seconds, batch, syntheticCount } = config;
  const steps = runs.map(({ setting, result }) => [
    titles[setting],
    result.phases.map(({ phase, steps: count }) => `${phase} ${count}`).join(', '),
    result.phases.map(({ phase, bestEpoch, epochs }) => `${phase} ${bestEpoch} of ${epochs}`).join(', '),
    result.export.maxDifference.toExponential(1),
  ]);
  const source =
    real === undefined
      ? 'No real records.'
      : `Real records: ${real.set.source}, lead ${real.set.leads.join(', ')}, each patient belongs to training, validation or test only, and contributes a few windows.`;
  return [
    words(
      `The network is ${arch} on ${seconds}-s windows at ${fsHz} Hz, with batches of ${batch} and ${syntheticCount} synthetic records per epoch (preset ${preset}). ${source}`,
    ),
    table(['Setting', 'Steps', 'Epoch kept', 'ONNX against training graph'], steps),
    words(
      'The last column is the largest difference of the logit between the exported file and the trained network.',
      'note',
    ),
  ];
}

function fixed(value: number): string {
  return Number.isNaN(value) ? 'undefined' : value.toFixed(2);
}

function show({ value, low, high }: Estimate): string {
  return Number.isNaN(low) ? fixed(value) : `${fixed(value)} (${fixed(low)}–${fixed(high)})`;
}
