// The defaults that the library, the command line and the configurations share (docs/adr/0014-defaults-and-words.md).

/** The units of a synthetic record: mV, or mean 0 and SD 1 per record. */
export const units = ['mV', 'zscore'] as const;
/** The unit of a synthetic record. */
export type Unit = (typeof units)[number];

export const defaultUnit: Unit = 'mV';
/** Hz, of records and of windows: half the samples of the paper's 500 Hz, so training takes half the time. */
export const defaultFsHz = 250;
/** Length of a record or a window in s. */
export const defaultSeconds = 10;
export const defaultPreset = 'paper';
