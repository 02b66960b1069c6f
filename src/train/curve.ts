// Formats the learning curve as CSV, one row per validation. src/report draws it.

import type { CurvePoint } from './checkpoint.js';

const columns = ['phase', 'epoch', 'step', 'trainLoss', 'valLoss', 'valF1', 'valAuprc', 'seconds'] as const;

/** Returns the header line and one line per validation. An undefined number gives an empty field. */
export function curveCsv(curve: readonly CurvePoint[]): string {
  return `${[columns.join(','), ...curve.map((point) => columns.map((name) => point[name] ?? '').join(','))].join('\n')}\n`;
}
