// The learning curve as CSV, a row per validation. Not a chart; src/report draws.

import type { CurvePoint } from './checkpoint.js';

const columns = ['phase', 'epoch', 'step', 'trainLoss', 'valLoss', 'valF1', 'valAuprc', 'seconds'] as const;

/** Header line and rows; an undefined number is an empty field. */
export function curveCsv(curve: readonly CurvePoint[]): string {
  return `${[columns.join(','), ...curve.map((point) => columns.map((name) => point[name] ?? '').join(','))].join('\n')}\n`;
}
