// The section of the report about sources of synthetic records: its tables, and the score against the share of the real
// records that fine-tunes, with one line per source.

import { figure, type Markup, type ReportSection, subheading, tiles, words } from '../../report/html.js';
import { lineChart } from '../../report/line-chart.js';
import { type CellSummary, groupBy } from '../summary.js';
import { hasSources, type SourcesPart, sourceTables } from './source-tables.js';
import { tableMarkup } from './table-markup.js';
import { fixed, sourceTitle, taskTitle, testTitle } from './wording.js';

/** Returns the section; none if the experiment has the simulator alone and adds no records. */
export function sourcesSection(part: SourcesPart): ReportSection[] {
  if (!hasSources(part.config)) return [];
  const drawn = shareFigures(part);
  return [
    {
      heading: 'Learned generators and augmentation',
      id: 'sources',
      body: [
        words(note, 'note'),
        ...sourceTables(part).map(tableMarkup),
        ...(drawn.length === 0
          ? []
          : [subheading('Score against the share of real records'), tiles(drawn, 2)]),
      ],
    },
  ];
}

const note =
  'Real+Syn trains on the real windows and on synthetic records together; × is the number of added records, as a multiple ' +
  'of the real windows of each label. Real+Real repeats real windows instead, so it has as many optimiser steps in an epoch. ' +
  'Both use the hyper-parameters of Real. Differences and p-values compare with Real on the same real records; they are ' +
  "paired, and p is corrected with Holm's method over all comparisons of the score and test set. A generator learnt the " +
  'training and validation patients of its own training, whatever the share of them in a table, and no patient of a test. ' +
  'The tables of outside tests show how far a source helps on other data. pqrst fidelity measures how close the records ' +
  'of a generator are to real ones, and whether it copies them.';

/** Draws the scores against the share of real records: one chart per task, test set, architecture and score. */
function shareFigures({ config, summary }: SourcesPart): Markup[] {
  if (config.shares.length === 0) return [];
  const shown = summary.cells.filter(
    ({ setting, positives }) => positives === null && (setting === 'real' || setting === 'syn-real'),
  );
  return groupBy(shown, ({ task, test, arch }) => [task, test, arch]).flatMap((cells) =>
    (['f1', 'auprc'] as const).map((score) => shareFigure(cells, score, config)),
  );
}

function shareFigure(
  cells: readonly CellSummary[],
  score: 'f1' | 'auprc',
  { sources, outside }: SourcesPart['config'],
): Markup {
  const { task, test, arch } = cells[0]!;
  const name = score === 'f1' ? 'F1' : 'AUPRC';
  const lines = groupBy(cells, ({ setting, source }) => [setting, source]).map((own, colour) => ({
    name: own[0]!.source === null ? 'Real alone' : sourceTitle(own[0]!.source, sources),
    colour,
    points: own
      .map((cell): readonly [number, number] => [cell.share ?? 100, cell[score].mean])
      .filter(([, mean]) => Number.isFinite(mean))
      .sort(([a], [b]) => a - b),
    weight: 'strong' as const,
    dots: true,
  }));
  const title = `${taskTitle(task)}, ${arch}: ${name}`;
  const described = lines.map(
    (line) =>
      `${line.name}: ${line.points.map(([share, mean]) => `${share} % ${fixed(mean, 3)}`).join(', ')}`,
  );
  const x = { name: '% of the real training windows', max: 100, isLog: true };
  const svg = lineChart(
    title,
    `${title} against the share of real records. ${described.join('; ')}`,
    x,
    { name },
    lines,
    {
      ...{ embedded: true, width: 420, height: 340 },
    },
  );
  const where = testTitle(test, outside);
  return figure(
    {
      svg,
      caption: `${where[0]!.toUpperCase()}${where.slice(1)}. Real records alone, and after pre-training on synthetic ones. Means over the runs.`,
    },
    'chart',
  );
}
