// The three settings of a training, in the order in which tables show them.

/** `real`: real records only; `syn`: synthetic records only; `syn-real`: synthetic records first, then real records. */
export const settings = ['real', 'syn', 'syn-real'] as const;
/** A setting of a training: which records train. */
export type Setting = (typeof settings)[number];
