// The entrance `pqrst/report`: ECG paper as SVG and PNG.

export { type ErrorCode, PqrstError } from './base/errors.js';
export { ecgPaper, type PaperStrip } from './report/ecg-paper.js';
export type { PaperUnit, WaveKind } from './report/paper.js';
export type { PaperMarks, PaperWave } from './report/paper-marks.js';
export { svgToPng } from './report/png.js';
export { type TwelveLeadRecord, twelveLeadPage } from './report/twelve-lead-page.js';
