// Writes the results of an experiment from the rows of all its runs: results.parquet, the tables and the report.

import { join } from 'node:path';
import { writeFileAtomic } from '../base/files.js';
import { heldBack } from '../run/predictions.js';
import { RunFolder } from '../run/run-folder.js';
import type { RunPredictions } from '../score/predictions.js';
import { readRun } from './cell.js';
import { cellsOf, searchOf } from './cells.js';
import type { ExperimentConfig } from './config.js';
import { type ExperimentData, windowFinder } from './data.js';
import type { ExperimentEvent } from './events.js';
import { experimentFiles, runFolder, type SearchKey, searchFolder } from './folder.js';
import { mainPart } from './report/main-part.js';
import { sourceTables } from './report/source-tables.js';
import { summaryTables, tablesCsv, tablesMarkdown } from './report/tables.js';
import { sourceTitle } from './report/wording.js';
import { type CellKey, isDiverged, isOfCell, type ResultRow } from './results.js';
import { resultsParquet } from './results-parquet.js';
import { hasFoundNothing } from './search.js';
import { simulator } from './source-names.js';
import type { GeneratorFacts } from './sources.js';
import { type ExperimentSummary, summarizeExperiment } from './summary.js';

/** The result of an experiment: its folder, its rows, their statistics and the path of the report. */
export interface ExperimentOutcome {
  /** The folder of the experiment. */
  readonly out: string;
  /** The checked configuration, with all defaults filled in. */
  readonly config: ExperimentConfig;
  /** One row per run and test set, as results.parquet stores them. */
  readonly rows: readonly ResultRow[];
  /** Means, comparisons, gains and warnings that are computed from `rows`. */
  readonly summary: ExperimentSummary;
  /** The path of the report. */
  readonly report: string;
}

/** The experiment whose results are written. */
export interface OutcomeContext {
  readonly config: ExperimentConfig;
  readonly data: ExperimentData;
  /** The generators of the sources. */
  readonly generators: readonly GeneratorFacts[];
  readonly out: string;
  readonly rows: readonly ResultRow[];
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: ExperimentEvent) => void;
}

/** Returns the cells whose search found no hyper-parameters within its time limit, as `af, resnet18, real`. */
async function unsearchedCells({ config, data, out }: OutcomeContext): Promise<string[]> {
  if (config.search.trials === 0) return [];
  const found: string[] = [];
  for (const { task } of data.tasks) {
    for (const arch of config.archs) {
      const isEmpty = (key: SearchKey) => hasFoundNothing(join(out, searchFolder(key)));
      const whole = { ...config, positives: [], shares: [] };
      for (const key of cellsOf(whole, { name: task.name, most: 0 }, arch)) {
        const searched = searchOf(key);
        // The search syn-real starts from a model of the search syn.
        const isLost =
          (await isEmpty(searched)) ||
          (key.setting === 'syn-real' && (await isEmpty({ ...searched, setting: 'syn' })));
        const from =
          key.source === null || key.source === simulator
            ? ''
            : `, ${sourceTitle(key.source, config.sources)}`;
        if (isLost) found.push(`${task.name}, ${arch}, ${searched.setting}${from}`);
      }
    }
  }
  return [...new Set(found)];
}

/** Writes results.parquet, the tables and the report, and returns the results. */
export async function writeResults(context: OutcomeContext): Promise<ExperimentOutcome> {
  const { config, data, generators, out, rows, signal, onEvent } = context;
  await writeFileAtomic(join(out, experimentFiles.results), resultsParquet(rows));
  const runsOf = (key: CellKey, test: string) =>
    rows.filter((row) => isOfCell(row, { ...key, test }) && !isDiverged(row));
  const predictionsOf = async (key: CellKey, test: string): Promise<RunPredictions[]> => {
    signal?.throwIfAborted();
    return Promise.all(
      runsOf(key, test).map(async ({ pair, testWindows }) => ({
        pair,
        windows: await new RunFolder(join(out, runFolder(key, pair))).readPredictions(test, testWindows),
      })),
    );
  };
  const curvesOf = (key: CellKey) =>
    Promise.all(
      runsOf(key, heldBack).map(async ({ pair }) => ({
        pair,
        curve: (await readRun(join(out, runFolder(key, pair))))?.curve ?? [],
      })),
    );
  const { seed, split, runs } = config;
  const summary = await summarizeExperiment(rows, predictionsOf, {
    seed,
    split,
    runs,
    recordingsAsPatients: data.recordingsAsPatients,
    unsearched: await unsearchedCells(context),
    signal,
    onProgress: (done, total) => onEvent({ kind: 'judging', done, total }),
  });
  const main = mainPart({ config, summary, rows });
  const tables = [
    ...summaryTables(main.summary, main.rows),
    ...sourceTables({ config, summary, rows, generators }),
  ];
  await writeFileAtomic(join(out, experimentFiles.tablesCsv), tablesCsv(summary));
  await writeFileAtomic(join(out, experimentFiles.tablesMarkdown), tablesMarkdown(tables));
  const windowOf = windowFinder(data.tasks);
  signal?.throwIfAborted();
  // The charts of the report take a second to load, so they are loaded only here.
  const { experimentReport } = await import('./report/report.js');
  const html = await experimentReport({
    ...{ config, summary, rows, generators, predictionsOf, curvesOf, windowOf },
  });
  const report = join(out, experimentFiles.report);
  await writeFileAtomic(report, html);
  onEvent({ kind: 'report', path: report });
  return { out, config, rows, summary, report };
}
