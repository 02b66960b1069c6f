// The entrance `pqrst/report`: ECG paper as SVG and PNG.

export { type ErrorCode, PqrstError } from './base/errors.js';
export {
  ecgPaper,
  type PaperMarks,
  type PaperStrip,
  type PaperWave,
  type WaveKind,
} from './report/ecg-paper.js';
export { svgToPng } from './report/png.js';
