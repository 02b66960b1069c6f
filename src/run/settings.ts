// The settings of a training: which records train it, and in which order.

/** The settings of Nonaka and Seita (2026), in the order in which tables show them. */
export const baseSettings = ['real', 'syn', 'syn-real'] as const;
/** A setting of a training without added records. */
export type BaseSetting = (typeof baseSettings)[number];

/** All settings of a training. */
export const settings = [...baseSettings, 'real+syn', 'real+real'] as const;
/**
 * A setting of a training: real records only; synthetic records only; synthetic records first and real records
 * afterwards; real and synthetic records together (`real+syn`); or real records, some of them repeated (`real+real`, with
 * as many optimiser steps as `real+syn`).
 */
export type Setting = (typeof settings)[number];

/** Returns whether a setting trains on synthetic records. */
export function usesSynthetic(setting: Setting): boolean {
  return setting === 'syn' || setting === 'syn-real' || setting === 'real+syn';
}

/** Returns whether a setting has a first phase, or its only one, of synthetic records alone. */
export function hasSyntheticPhase(setting: Setting): boolean {
  return setting === 'syn' || setting === 'syn-real';
}

/** Returns whether a setting adds records to the real ones in one phase, by a ratio. */
export function hasRatio(setting: Setting): boolean {
  return setting === 'real+syn' || setting === 'real+real';
}

/** The smallest and the largest ratio of added to real records. */
export const ratioLimits = [0.01, 100] as const;
