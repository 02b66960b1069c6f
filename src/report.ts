// The entrance `pqrst/report`: ECG paper as SVG and PNG.

export { type ErrorCode, PqrstError } from './base/errors.js';
export { ecgPaper } from './report/ecg-paper.js';
export { svgToPng } from './report/png.js';
