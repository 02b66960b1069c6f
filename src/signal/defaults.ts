// Defines the defaults that the library, the command line and the configurations share
// (docs/adr/0014-defaults-and-words.md).

/** The units of a synthetic record: `mV`, or `zscore`, which gives each record mean 0 and SD 1. */
export const units = ['mV', 'zscore'] as const;
/** The unit of a synthetic record. */
export type Unit = (typeof units)[number];

export const defaultUnit: Unit = 'mV';
/**
 * Sampling rate of records and windows in Hz. The paper uses 500 Hz; half of it gives half the samples, so that
 * training takes half the time.
 */
export const defaultFsHz = 250;
/** Length of a record or a window in s. */
export const defaultSeconds = 10;
/** The preset of synthetic records. The presets of the paper's model, `paper` and `clinical`, are chosen by name. */
export const defaultPreset = 'physiological';
