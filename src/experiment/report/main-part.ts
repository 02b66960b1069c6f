// The part of an experiment that the tables and figures of the first paper show: the settings real, syn and syn-real with
// the first source, on all real records. The section of the sources shows the rest.

import { type BaseSetting, baseSettings } from '../../run/settings.js';
import type { ExperimentConfig } from '../config.js';
import type { CellKey, ResultRow } from '../results.js';
import type { ExperimentSummary } from '../summary.js';

/** A configuration whose settings are those of the first paper. */
export interface MainConfig extends ExperimentConfig {
  readonly settings: readonly BaseSetting[];
}

/** An experiment, or a part of it. */
export interface ExperimentPart {
  readonly config: ExperimentConfig;
  readonly summary: ExperimentSummary;
  readonly rows: readonly ResultRow[];
}

/** Returns the part of an experiment that the tables and figures of the first paper show. */
export function mainPart({ config, summary, rows }: ExperimentPart): ExperimentPart & {
  readonly config: MainConfig;
} {
  const [source] = config.sources;
  const isBase = (setting: string): setting is BaseSetting => baseSettings.some((one) => one === setting);
  const isMain = (key: Pick<CellKey, 'setting' | 'source' | 'share'>) =>
    isBase(key.setting) && key.share === null && (key.source === null || key.source === source);
  return {
    config: { ...config, settings: config.settings.filter(isBase) },
    summary: {
      ...summary,
      cells: summary.cells.filter(isMain),
      comparisons: summary.comparisons.filter(isMain),
      gains: summary.gains.filter((one) => one.source === source),
    },
    rows: rows.filter(isMain),
  };
}
