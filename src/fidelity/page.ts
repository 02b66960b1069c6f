// The report of a comparison as one HTML page: the table, what gives the synthetic records away, the distributions, the
// spectra, a map of the records, and the most and least real-looking synthetic records on ECG paper.

import { packageVersion } from '../base/version.js';
import { meanSpectrum } from '../measures/spectrum.js';
import { ecgPaper } from '../report/ecg-paper.js';
import {
  details,
  type Figure,
  figure,
  figures,
  htmlReport,
  type Markup,
  table,
  words,
} from '../report/html.js';
import { lineChart } from '../report/line-chart.js';
import { scatterChart } from '../report/scatter-chart.js';
import type { Comparison, FidelityRow } from './compare.js';
import { mapOf } from './embedding.js';
import type { NetworkFacts } from './network-features.js';
import { copyText } from './notes.js';
import { quantities } from './quantities.js';
import type { Side } from './sides.js';
import { networkText, showNumber as show, transferSection } from './training-section.js';
import type { Transfer } from './transfer.js';

/** What the page says about the records. */
export interface FidelitySubject {
  readonly label: string;
  /** The real data set, `KIND:DIR`. */
  readonly real: string;
  /** The synthetic records: `preset:NAME` or `corpus:DIR`. */
  readonly synthetic: string;
  readonly lead: string;
  readonly filter: string | undefined;
  readonly seed: number;
  /** The network whose features are compared, if there is one. */
  readonly network?: NetworkFacts | undefined;
  /** What the synthetic records are worth in a training, if that was measured. */
  readonly transfer?: Transfer | undefined;
}

const noCopies = 'There is no sign of copies.';
const shownGiveaways = 8;
const drawn = 4;
/** The bottom of the chart of spectra. */
const leastLogShare = -5;

/** Returns the HTML document of a comparison. */
export function fidelityPage(found: Comparison, subject: FidelitySubject): string {
  const { label, real, synthetic, lead, filter, seed, network, transfer } = subject;
  return htmlReport({
    title: `How close is synthetic ${label} to real ${label}?`,
    summary:
      `${synthetic} against ${real}: ${found.n} records per side, lead ${lead}, ` +
      `${filter === undefined ? 'not filtered' : `filtered to ${filter} Hz`}, seed ${seed}.`,
    sections: [
      { id: 'read', heading: 'How to read this page', body: introduction(found, network) },
      { id: 'table', heading: 'The measures', body: measureTables(found) },
      ...(transfer === undefined
        ? []
        : [{ id: 'training', heading: 'Training on synthetic records', body: transferSection(transfer) }]),
      { id: 'giveaways', heading: 'What gives the synthetic records away', body: giveawaySection(found) },
      { id: 'copies', heading: 'Copies', body: [memoryText(found)] },
      { id: 'distributions', heading: 'Distributions and spectra', body: distributions(found) },
      { id: 'map', heading: 'A map of the records', body: [mapFigure(found, seed)] },
      { id: 'records', heading: 'The most and the least real-looking records', body: extremes(found, lead) },
    ],
    footer: `pqrst ${packageVersion()}, seed ${seed}. Synthetic records are not patients; no diagnosis should rest on this page.`,
  });
}

function introduction({ n, patients, notes }: Comparison, network: NetworkFacts | undefined): Markup[] {
  return [
    words(
      `The real patients are dealt to two halves, A (${patients[0]} patients) and B (${patients[1]} patients). Every measure ` +
        `compares ${n} records with ${n} records of half A. “Synthetic” are the synthetic records. “Floor” are the real ` +
        'records of half B: other patients, and the best value that a simulator can expect. “Ceiling” are the records of half ' +
        'B with random phases: noise with the right spectrum. The brackets hold the 95 % interval of a bootstrap over patients ' +
        'and synthetic records; for precision, recall, density and coverage it holds for the given neighbourhoods.',
    ),
    words(
      'The same delineation measures both sides, so that its errors are the same on both. A quantity that a record does not ' +
        'show, such as a PR interval without a P wave, gets the median of half A in the features, and is left out of its ' +
        'distribution. Features are in standard deviations of half A, limited to 5.',
    ),
    ...notes.map((note) => words(note)),
    ...(network === undefined ? [] : [words(networkText(network))]),
  ];
}

function measureTables({ rows }: Comparison): Markup[] {
  const groups = [
    ['features', 'On 24 hand-made features'],
    ['network', 'On the penultimate layer of a network'],
    ['signals', 'On the signals'],
    ['w1', 'Distributions: Wasserstein-1 distance'],
    ['ks', 'Distributions: Kolmogorov-Smirnov distance'],
  ] as const;
  return groups.flatMap(([key, title]) => {
    const own = rows.filter((row) => row.key.startsWith(`${key}.`));
    if (own.length === 0) return [];
    const isDistribution = key === 'w1' || key === 'ks';
    // All rows of a distribution mean the same, so that one sentence says it.
    const [shared] = isDistribution ? [own[0]!.meaning] : [];
    const head = ['measure', 'synthetic', '95 % interval', 'p', 'floor', 'ceiling', 'n', 'meaning'];
    const cells = [head, ...own.map(cellsOf)].map((row) =>
      shared === undefined ? row : row.filter((_, column) => column !== 3 && column !== 7),
    );
    const body = table(cells[0]!, cells.slice(1), { title });
    const parts = shared === undefined ? [body] : [words(shared), body];
    return key === 'ks' ? [details(title, parts)] : parts;
  });
}

function cellsOf({ name, meaning, made, floor, ceiling }: FidelityRow): string[] {
  return [
    name,
    show(made.value),
    `${show(made.low)} to ${show(made.high)}`,
    made.p === undefined ? '' : made.p.toFixed(3),
    show(floor),
    show(ceiling),
    String(made.n),
    meaning,
  ];
}

function giveawaySection({ giveaways, rows }: Comparison): Markup[] {
  const auc = rows.find(({ key }) => key === 'features.logistic')!;
  return [
    words(
      `A linear model of the 24 features tells synthetic from real records with an AUC of ${show(auc.made.value)} ` +
        `(floor ${show(auc.floor)}). These quantities decide; the coefficient is the change of the log-odds per standard ` +
        'deviation, and a positive one means that synthetic records have more of the quantity.',
    ),
    table(
      ['quantity', 'coefficient', 'synthetic records have'],
      giveaways
        .slice(0, shownGiveaways)
        .map(({ name, coefficient }) => [name, show(coefficient), coefficient > 0 ? 'more' : 'less']),
    ),
  ];
}

function memoryText({ memorisation }: Comparison): Markup {
  const { n, nearerToTraining, z } = memorisation;
  return words(
    `${copyText(memorisation) ?? noCopies} Of ${n} synthetic records, a share of ${show(nearerToTraining.value)} ` +
      `(${show(nearerToTraining.low)} to ${show(nearerToTraining.high)}) is nearer to a record of half A than to one of half B ` +
      `after the best circular shift; 0.5 is expected without memory. Meehan’s statistic is ${show(z)}; below -3 means copies.`,
  );
}

function distributions({ real, made }: Comparison): Markup[] {
  const charts: Figure[] = quantities.flatMap(({ key, name, unit }, column) => {
    const [a, b] = [valuesOf(real, column), valuesOf(made, column)];
    if (a.length === 0 || b.length === 0) return [];
    const all = Float64Array.from([...a, ...b]).sort();
    const [low, high] = [all[Math.floor(0.01 * all.length)]!, all[Math.ceil(0.99 * all.length) - 1]!];
    if (!(high > low)) return [];
    const unitText = unit === 's' ? ' in s' : unit === 'signal' ? ' in mV or SD' : '';
    const svg = lineChart(
      name,
      `Histogram of ${name} of real and synthetic records`,
      { name: `${name}${unitText}`, min: low },
      { name: 'share of records', min: 0 },
      [
        { name: 'real', colour: 0, points: histogram(a, low, high), weight: 'strong' },
        { name: 'synthetic', colour: 1, points: histogram(b, low, high), weight: 'strong', dashed: true },
      ],
      { embedded: true },
    );
    return [{ svg, caption: `${key}: ${a.length} real and ${b.length} synthetic records show it.` }];
  });
  return [figures([spectrumFigure(real, made), ...charts], 'chart')];
}

function spectrumFigure(real: Side, made: Side): Figure {
  const curve = ({ set: { frequenciesHz, spectra } }: Side) => {
    const ones = new Float64Array(spectra.length).fill(1);
    const mean = meanSpectrum({ frequenciesHz, records: spectra }, ones);
    return Array.from(
      mean,
      (power, bin) => [frequenciesHz[bin]!, Math.max(leastLogShare, Math.log10(power))] as const,
    );
  };
  const svg = lineChart(
    'Mean spectrum',
    'Mean normalized power spectrum of real and synthetic records',
    { name: 'frequency in Hz', min: 0 },
    { name: 'log10 of the share of power', min: leastLogShare, max: 0 },
    [
      { name: 'real', colour: 0, points: curve(real), weight: 'strong' },
      { name: 'synthetic', colour: 1, points: curve(made), weight: 'strong', dashed: true },
    ],
    { embedded: true },
  );
  return { svg, caption: 'Welch spectra of each record, normalized, then averaged.' };
}

function valuesOf({ set }: Side, column: number): number[] {
  return set.quantities.map((row) => row[column]!).filter((value) => !Number.isNaN(value));
}

function histogram(values: readonly number[], low: number, high: number): (readonly [number, number])[] {
  const bins = 24;
  const shares = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    shares[Math.min(bins - 1, Math.max(0, bin))]! += 1 / values.length;
  }
  return Array.from(shares, (share, bin) => [low + ((bin + 0.5) / bins) * (high - low), share] as const);
}

function mapFigure({ real, made }: Comparison, seed: number): Markup {
  const places = mapOf(real, made, seed);
  const svg = scatterChart(
    'Records by their 24 features (UMAP)',
    'Map of real and synthetic records',
    [
      { name: 'real', colour: 0, points: places.real },
      { name: 'synthetic', colour: 1, points: places.made },
    ],
    { embedded: true },
  );
  return figure(
    { svg, caption: 'Records that are near each other are alike. Distances between groups mean little.' },
    'chart',
  );
}

function extremes({ made, madeScores }: Comparison, lead: string): Markup[] {
  const order = Array.from(madeScores.keys()).sort((a, b) => madeScores[a]! - madeScores[b]!);
  const draw = (record: number): Figure => {
    const { signals, fsHz, unit, patients } = made.set;
    const svg = ecgPaper({
      ...{ title: patients[record]!, lead, fsHz, rowS: 5 },
      ...{ unit: unit === 'mV' ? 'mV' : 'sd', signal: signals[record]! },
    });
    return { svg, caption: `Log-odds of being synthetic: ${show(madeScores[record]!)}.` };
  };
  return [
    words('The logistic model takes these synthetic records for real ones:'),
    figures(order.slice(0, drawn).map(draw), 'ecg'),
    words('It recognizes these synthetic records most easily:'),
    figures(order.slice(-drawn).reverse().map(draw), 'ecg'),
  ];
}
